import { describe, expect, test } from 'vitest';
import type { Declined } from '../../src/model/declined.ts';
import type { LocatedSite } from '../../src/model/located.ts';
import { locateJson, locateText } from '../../src/output/locate.ts';
import { imageProposal } from '../pull-requests/proposals.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const { located } = imageProposal();
const { object, field, before, site } = located.changes[0]!;
const SITE: LocatedSite = { kind: 'site', object, field: field.text, before, site };
const DECLINED: Declined = {
  kind: 'declined',
  code: 'several-sites',
  reason: 'two places could control it',
  candidates: ['a.yaml:1', 'b.yaml:2'],
};

describe('locateJson', () => {
  test('prints changes, derived, proof and diff', () => {
    expect(Object.keys(locateJson(located) as object)).toEqual(['changes', 'derived', 'proof', 'diff']);
  });

  test('says why a site is no more than likely', () => {
    const likely = 'it is the one value that speaks of the field';
    const result = { ...SITE, site: { ...site, likely } };
    expect(locateJson(result)).toEqual({
      changes: [{ object, field: field.text, before, site: { ...site, likely } }],
    });
    expect(locateText(result, { colour: false })).toContain(`\n  likely: ${likely}\n`);
  });

  test('prints site and value before when there is no new value', () => {
    expect(locateJson(SITE)).toEqual({ changes: [{ object, field: field.text, before, site }] });
  });

  test('prints why it declines and between what', () => {
    expect(locateJson(DECLINED)).toEqual({
      declined: {
        code: 'several-sites',
        reason: 'two places could control it',
        candidates: ['a.yaml:1', 'b.yaml:2'],
      },
    });
  });

  test('masks a value that is a secret by its name', () => {
    const secret = { ...SITE, field: 'data.password', before: 'hunter2' };
    expect(JSON.stringify(locateJson(secret))).not.toContain('hunter2');
  });
});

describe('locateText', () => {
  test('prints file, line and column first', () => {
    expect(locateText(SITE, { colour: false })).toBe(
      'apps/cart/kustomization.yaml:8:13  Deployment shop/cart  spec.template.spec.containers[name=server].image = registry.example/shop/cart:2.15.1\n',
    );
  });

  test('prints the diff and its proof', () => {
    expect(locateText(located, { colour: false }))
      .toBe(`apps/cart/kustomization.yaml:8:13  Deployment shop/cart  spec.template.spec.containers[name=server].image

    --- a/apps/cart/kustomization.yaml
    +++ b/apps/cart/kustomization.yaml
    @@ -5,4 +5,4 @@
     images:
       # bumped by the release job
       - name: registry.example/shop/cart
    -    newTag: 2.15.1
    +    newTag: 2.14.3

proven: changes 1 field in 1 root; nothing else changes
`);
  });

  test('prints what the line changes beside the field, and not how the edit gets there', () => {
    const [root] = located.proof.roots;
    const [own] = root!.changes;
    const named = (name: string) => ({ ...own!, object: { ...own!.object, name } });
    const carried = { ...named('app'), field: fieldNamed('spec.source.kustomize.images[0]') };
    const others = Array.from({ length: 11 }, (_, index) => named(`worker-${index}`));
    const text = locateText(
      {
        ...located,
        derived: [{ ...carried, because: 'declaration' }],
        proof: { ...located.proof, roots: [{ ...root!, changes: [own!, carried, ...others] }] },
      },
      { colour: false },
    );
    expect(text).toContain(`also changes\n  ${root!.root}: Deployment shop/worker-0  ${own!.field.text}\n`);
    expect(text).toContain('  … and 1 more\n\nproven: ');
    expect(text).not.toContain('Deployment shop/app');
  });

  test('prints a refusal with its candidates', () => {
    expect(locateText(DECLINED, { colour: false })).toBe(
      'declined (several-sites): two places could control it\n  a.yaml:1\n  b.yaml:2\n',
    );
  });
});
