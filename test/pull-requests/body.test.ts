import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pullRequestBody } from '../../src/pull-requests/body.ts';
import { parseMarker } from '../../src/pull-requests/marker.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import type { Finding } from '../../src/model/finding.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import { allNodes, parseGfm, readText, type MarkdownNode } from '../untrusted/gfm.ts';
import { hostileText } from '../untrusted/hostile.ts';
import {
  at,
  changeOf,
  deployment,
  imageProposal,
  imageProposalWith,
  incidentOf,
  memoryProposal,
} from './proposals.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

function paragraphs(body: string): readonly string[] {
  return (parseGfm(body).children ?? []).filter(({ type }) => type === 'paragraph').map(readText);
}

function headings(body: string): readonly string[] {
  return (parseGfm(body).children ?? []).filter(({ type }) => type === 'heading').map(readText);
}

describe('pullRequestBody', () => {
  test('tells of an image that does not exist', async () => {
    await expect(pullRequestBody(imageProposal())).toMatchFileSnapshot('expected/image-body.txt');
  });

  test('tells of a memory limit, as a draft, with a chart and without proof', async () => {
    await expect(pullRequestBody(memoryProposal())).toMatchFileSnapshot('expected/memory-body.txt');
  });

  test('says what broke, why and what this changes in its first three lines', () => {
    const [broke, why, change] = paragraphs(pullRequestBody(imageProposal()));
    expect(broke).toBe(
      'What broke: Deployment shop/cart cannot start container server: image registry.example/shop/cart:2.15.1 does not exist.',
    );
    expect(why).toBe(
      'Why: The registry has no tag 2.15.1 of registry.example/shop/cart, although it serves 2.14.3 of it here now.',
    );
    expect(change).toBe(
      'This change: switches the image tag from 2.15.1 to 2.14.3 (apps/cart/kustomization.yaml:8).',
    );
  });

  test('names the roots that the line changes in these lines too, where there are several', () => {
    const { located } = imageProposal();
    const { object, field, before, after } = located.changes[0]!;
    const line = (...roots: readonly string[]): string => {
      const changed = roots.map((root) => ({ root, changes: [{ object, field, before, after }] }));
      const proof = { ...located.proof, roots: changed };
      return paragraphs(pullRequestBody(imageProposal({ located: { ...located, proof } })))[2]!;
    };
    expect(line('eu', 'us')).toMatch(/\(apps\/cart\/kustomization\.yaml:8\)\. It changes 2 roots: eu, us\.$/);
    expect(line('a', 'b', 'c', 'd', 'e')).toMatch(/ It changes 5 roots: a, b, c and 2 more\.$/);
    expect(line('eu')).not.toContain('root');
  });

  test('says nothing there of a root in which only the declaring object changes', () => {
    const { located } = imageProposal();
    const object = { ...located.changes[0]!.object, kind: 'HelmRelease' };
    const declaring = {
      root: 'fleet',
      changes: [{ object, field: fieldNamed('spec.values.tag'), before: 1, after: 2 }],
    };
    const proof = { ...located.proof, roots: [...located.proof.roots, declaring] };
    const body = pullRequestBody(imageProposal({ located: { ...located, proof } }));
    expect(paragraphs(body)[2]).not.toContain('root');
  });

  test('calls a line likely that no render showed, and says why', () => {
    const { located } = imageProposal();
    const likely = 'the images entry is the one line that speaks of the field';
    const changes = located.changes.map((one) => ({ ...one, site: { ...one.site, likely } }));
    const proof = { ...located.proof, status: 'unproven' as const, reason: 'prod could not be rendered' };
    const body = pullRequestBody(imageProposal({ located: { ...located, changes, proof } }));
    expect(paragraphs(body)[2]).toContain('(apps/cart/kustomization.yaml:8, the likely line).');
    expect(paragraphs(body)).toContain(
      'Before you merge: apps/cart/kustomization.yaml:8 is the likely line, not a certain one: the images entry is the one line that speaks of the field.',
    );
    expect(pullRequestBody(imageProposal())).not.toContain('likely line');
  });

  test('names container and object of a change in something else than what broke', () => {
    const { finding } = imageProposal().incidents[0]!;
    const change = (more: Partial<Finding>): string =>
      paragraphs(pullRequestBody(imageProposal({ incidents: [incidentOf({ ...finding, ...more })] })))[2]!;
    expect(change({ object: deployment('shop') })).toMatch(
      /^This change: in Deployment shop\/cart: switches/,
    );
    expect(change({ container: null })).toMatch(/^This change: in container server: switches/);
  });

  test('goes on to the next sentence where the root cause starts with the summary', () => {
    const summary = prose`Image ${'x'} does not exist.`;
    const body = pullRequestBody(
      imageProposalWith({ summary, rootCause: prose`${summary} Nobody pushed ${'x'}. More.` }),
    );
    expect(paragraphs(body)[1]).toBe('Why: Nobody pushed x.');
  });

  test('leaves the root cause out where the first lines say all of it', () => {
    const body = pullRequestBody(
      imageProposalWith({ rootCause: prose`Commit ${'81c0ffee'} set a tag that was never pushed.` }),
    );
    expect(headings(body)).not.toContain('Root cause');
  });

  test('says no sentence of the root cause twice', () => {
    const body = pullRequestBody(
      imageProposalWith({ rootCause: prose`Nobody pushed ${'2.15.1'}. A pipeline failed.` }),
    );
    expect(body.match(/Nobody pushed/g)).toHaveLength(1);
    expect(body).toMatch(/### Root cause\n\nThe value came with .*\n\nA pipeline failed\./);
  });

  test('links the site to the commit that the proof was made on', () => {
    const { commit } = imageProposal();
    expect(pullRequestBody(imageProposal())).toContain(
      `(https://github.com/acme/infra/blob/${commit}/apps/cart/kustomization.yaml#L8)`,
    );
  });

  test('names file and line without links where the repository has no web pages', () => {
    const body = pullRequestBody(imageProposal({ remote: null }));
    expect(allNodes(parseGfm(body)).filter(({ type }) => type === 'link')).toEqual([]);
    expect(body).toContain('`apps/cart/kustomization.yaml:8`');
  });

  const unnamed = incidentOf({
    ...imageProposal().incidents[0]!.finding,
    rootCause: prose`Nobody pushed it.`,
  });

  test('names the pull request that brought the value, where it is known', () => {
    const body = (more: Partial<Proposal>): string =>
      pullRequestBody(imageProposal({ incidents: [unnamed], introducedIn: 12, ...more }));
    expect(body({})).toMatch(
      /came with \[`[0-9a-f]{8}`\]\(\S+\) \(\[pull request 12\]\(https:\/\/github\.com\/acme\/infra\/pull\/12\)\) by `/,
    );
    expect(body({ remote: null })).not.toContain('12)');
  });

  test('names the commit once, where the root cause does', () => {
    expect(pullRequestBody(imageProposal())).not.toContain('The value came with');
    expect(pullRequestBody(imageProposal({ incidents: [unnamed] }))).toContain('The value came with');
  });

  test('names an addition as one', () => {
    const change = changeOf(
      deployment('cart'),
      'spec.template.spec.containers[name=server].resources.limits.memory',
      null,
      '256Mi',
    );
    const body = pullRequestBody(imageProposalWith({}, { changes: [change] }));
    expect(paragraphs(body)[2]).toContain('adds the memory limit 256Mi');
    expect(body).toContain('That takes the memory limit away again.');
  });

  test('lists other incidents that the change ends', () => {
    const { finding } = imageProposal().incidents[0]!;
    const other = incidentOf({ ...finding, object: deployment('cart-worker') }, '1111111111111111');
    const body = pullRequestBody(imageProposal({ incidents: [incidentOf(finding), other] }));
    expect(headings(body)).toContain('Same cause');
    expect(body).toContain(
      '`Deployment shop/cart-worker`, container `server`, cluster `prod-eu`, since 2026-07-29 03:12 UTC',
    );
  });

  test('names what changes beside the field, and what follows from it', () => {
    const { located } = imageProposal();
    const { object, field, before, after } = located.changes[0]!;
    const other = { ...object, name: 'cart-worker' };
    const changes = [object, other].map((one) => ({ object: one, field, before, after }));
    const body = pullRequestBody(
      imageProposalWith(
        {},
        {
          proof: { status: 'proven', reason: null, roots: [{ root: 'apps/cart', changes }] },
          derived: [
            { object, field: fieldNamed('spec.x'), before: 'a', after: 'b', because: 'generator hash' },
          ],
        },
      ),
    );
    expect(body).toContain(
      '**Proven:** This field changes in `apps/cart`, with 1 more field and the generator hash that follows, and nothing else changes in any root that reads the file.',
    );
    expect(body).toMatch(/\n\n- `apps\/cart`: `Deployment shop\/cart-worker`, .*\n\nCluster/);
  });

  test('counts the roots that change', () => {
    const { roots } = imageProposal().located.proof;
    const proof = {
      status: 'proven',
      reason: null,
      roots: [...roots, { ...roots[0]!, root: 'apps/edge' }],
    } as const;
    expect(pullRequestBody(imageProposalWith({}, { proof }))).toContain(
      '**Proven:** This field changes in these 2 roots, and nothing else changes in any root that reads the file.',
    );
  });

  const declaring = {
    object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: 'cart' },
    field: fieldNamed('values.image.tag'),
    before: '2.15.1',
    after: '2.14.3',
  } as const;

  test('says nothing of what a root renders that could not be rendered', () => {
    const proof = {
      status: 'unproven',
      reason: 'the chart could not be rendered: it is not here',
      roots: [{ root: 'https://charts.example/cart', isUnseen: true, changes: [declaring] }],
    } as const;
    const body = pullRequestBody(imageProposalWith({}, { proof }));
    expect(body).toContain(
      '`https://charts.example/cart`: `Application argocd/cart`, `tag`: `2.15.1` → `2.14.3`',
    );
    expect(body).not.toMatch(/Nothing else changes|0 roots/);
  });

  test('says once that the object changes which declares a root', () => {
    const { roots } = imageProposal().located.proof;
    const proof = {
      status: 'proven',
      reason: null,
      roots: [...roots, { root: 'argocd', changes: [declaring] }],
    } as const;
    const derived = [{ ...declaring, because: 'declaration' }] as const;
    const body = pullRequestBody(imageProposalWith({}, { proof, derived }));
    expect(body.split('Application argocd/cart')).toHaveLength(2);
    expect(body).not.toContain('Follows from it');
  });

  test('has no banner when no person has to decide', () => {
    expect(pullRequestBody(imageProposal())).not.toContain('[!WARNING]');
  });

  test('masks what is secret in diff, evidence and values', () => {
    const field = 'spec.template.spec.containers[name=server].env[name=DB_PASSWORD].value';
    const object = deployment('cart');
    const body = pullRequestBody(
      imageProposalWith(
        {
          evidence: [
            { source: 'log', ref: 'x', at: null, text: untrusted('postgres://app:hunter2@db/shop') },
          ],
        },
        {
          changes: [changeOf(object, field, 'hunter2', 'hunter3')],
          diff: '@@ -1,2 +1,2 @@\n - name: DB_PASSWORD\n-  value: hunter2\n+  value: hunter3\n',
          proof: {
            status: 'proven',
            reason: null,
            roots: [
              {
                root: 'a',
                changes: [{ object, field: fieldNamed(field), before: 'hunter2', after: 'hunter3' }],
              },
            ],
          },
          renderedDiff: ' password: hunter2\n',
        },
      ),
    );
    expect(body).not.toMatch(/hunter/);
  });
});

describe('pullRequestBody within the limit of GitHub', () => {
  const long = untrusted('word `|` '.repeat(200));
  const LINES = untrusted('| ` | line and more of it\n'.repeat(50));
  const evidence = Array.from({ length: 500 }, (_none, index) => ({
    source: 'log' as const,
    ref: `Pod shop/cart-${index}`,
    at: at('03:12') + index,
    text: LINES,
  }));
  const reasons = Array.from({ length: 200 }, () => ({ factor: 1, reason: prose`${long} and ${long}` }));
  const changes = Array.from({ length: 300 }, (_none, index) =>
    changeOf(deployment(`cart-${index}`), 'spec.replicas', 1, index + 2),
  );
  const diff = `--- a/x\n+++ b/x\n@@ -1,20000 +1,20000 @@\n${'-a: 1\n+a: 2\n'.repeat(20_000)}`;

  const large = imageProposalWith(
    {
      evidence,
      confidence: reasons,
      advice: reasons.map(({ reason }) => reason),
      rootCause: prose`${long}. ${long}.`,
    },
    {
      changes,
      diff,
      renderedDiff: diff,
      proof: {
        status: 'proven',
        reason: null,
        roots: changes.map((change, index) => ({ root: `r${index}`, changes: [change] })),
      },
    },
  );

  test('shortens everything else, keeps head, diff, decision and marker', () => {
    const body = pullRequestBody(large);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(paragraphs(body).map((text) => text.split(':')[0])).toEqual(
      expect.arrayContaining(['What broke', 'Why', 'This change', 'Proven']),
    );
    expect(body).toContain('-a: 1\n+a: 2');
    expect(parseMarker(body)?.key).toBe(large.key);
  });

  test('says what was left out', () => {
    const body = pullRequestBody(imageProposalWith({ evidence }));
    expect(body).toMatch(/- … and \d+ more\n/);
    expect(pullRequestBody(imageProposalWith({}, { diff }))).toMatch(/… and \d+ more lines\./);
  });
});

describe('pullRequestBody with hostile text everywhere', () => {
  function hostileProposal(texts: readonly string[]): Proposal {
    const [a, b, c, d] = texts as readonly [string, string, string, string];
    const object = { ...deployment(a), namespace: b };
    const field = 'spec.template.spec.containers[name=server].command[0]';
    const proposal = imageProposalWith(
      {
        object,
        container: c,
        summary: prose`It broke: ${a} and ${b}.`,
        rootCause: prose`Somebody wrote ${c}. Then ${d} happened.`,
        // In words of its own: what the root cause says already is not quoted again.
        evidence: [
          { source: 'log', ref: a, at: at('03:12'), text: untrusted(`It logged ${b}\n${c}`) },
          { source: 'log', ref: b, at: null, text: untrusted(d) },
        ],
        confidence: [{ factor: 0.5, reason: prose`because of ${d}` }],
        advice: [prose`Look at ${a}.`],
        guards: [{ kind: 'draft', reason: prose`the value ${b} is odd` }],
        chart: {
          title: a,
          unit: b,
          points: [
            [at('01:00'), 1],
            [at('02:00'), 2],
          ],
          line: { label: c, value: 1 },
        },
      },
      {
        changes: [changeOf(object, field, c, `${d}!`, { file: a, path: b, root: c })],
        derived: [{ object, field: fieldNamed(d), before: a, after: b, because: 'generator hash' }],
        diff: `--- a/${a}\n+++ b/${b}\n@@ -1 +1 @@\n-${c}\n+${d}\n`,
        renderedDiff: `${d}\n${a}`,
        proof: {
          status: 'unproven',
          reason: `root ${d} failed`,
          roots: [
            { root: c, changes: [{ object, field: fieldNamed(field), before: c, after: d }] },
            { root: a, changes: [{ object, field: fieldNamed(`${b}?`), before: c, after: d }] },
          ],
        },
      },
    );
    return {
      ...proposal,
      incidents: [...proposal.incidents, incidentOf({ ...proposal.incidents[0]!.finding, container: d })],
      decision: { action: 'escalate', reason: prose`policy says ${a}`, draft: true, policy: b },
      introducedBy: { sha: '81c0ffee'.repeat(5), author: c, email: d, at: at('02:41'), subject: a },
    };
  }

  const structure = (node: MarkdownNode): string =>
    node.type === 'root' || node.type === 'list' || node.type === 'blockquote'
      ? `${node.type}(${(node.children ?? []).map(structure).join(' ')})`
      : node.type;

  const quiet = structure(parseGfm(pullRequestBody(hostileProposal(['one', 'two', 'three', 'four']))));

  test('has the same structure as with harmless text, and no links, HTML, mentions or references but its own', () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 4, maxLength: 4 }), (texts) => {
        const proposal = hostileProposal(texts);
        const body = pullRequestBody(proposal);
        const parsed = parseGfm(body);
        const nodes = allNodes(parsed);
        expect(structure(parsed)).toBe(quiet);
        const links = nodes.filter(({ type }) => type === 'link').map(({ url }) => url!);
        expect(links.filter((url) => !url.startsWith('https://github.com/acme/infra/'))).toEqual([]);
        const html = nodes.filter(({ type }) => type === 'html').map(({ value }) => value!);
        const ours =
          /^(?:<br>|<\/?details>|<details>\n<summary>[A-Za-z0-9 ,:.]+<\/summary>|<!-- faultline:1 [0-9a-f=, a-z]+ -->)$/;
        expect(html.filter((value) => !ours.test(value))).toEqual([]);
        expect(nodes.filter(({ type }) => /image|footnote|definition|delete/i.test(type))).toEqual([]);
        expect(body.replace(/https:\/\/github\.com\/\S+/g, '')).not.toMatch(
          /(?<![A-Za-z0-9_])@[A-Za-z0-9]|#\d+(?![A-Za-z0-9_])|(?<![A-Za-z0-9])GH-\d/i,
        );
        expect(parseMarker(body)?.key).toBe(proposal.key);
      }),
      { numRuns: 40 },
    );
  });
});
