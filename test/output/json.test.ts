import { describe, expect, test } from 'vitest';
import { toJson } from '../../src/output/json.ts';
import type { Report } from '../../src/model/report.ts';
import { untrusted } from '../../src/untrusted/prose.ts';
import {
  changeOf,
  deployment,
  imageProposal,
  imageProposalWith,
  memoryProposal,
} from '../pull-requests/proposals.ts';
import { declinedResult, fullReport, proposedResult, reportOf } from './reports.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

// oxlint-disable-next-line typescript/no-explicit-any
type AnyJson = any;

function incidentsOf(report: Report): readonly AnyJson[] {
  return (toJson(report) as AnyJson).incidents;
}

describe('toJson', () => {
  test('writes the contract, version 1', async () => {
    await expect(`${JSON.stringify(toJson(fullReport()), null, 2)}\n`).toMatchFileSnapshot(
      'expected/report.txt',
    );
  });

  test('has nothing that JSON cannot carry', () => {
    const json = toJson(fullReport());
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  test('has the fields of the contract in their order', () => {
    const [incident] = incidentsOf(fullReport());
    expect(Object.keys(incident)).toEqual(
      expect.arrayContaining(
        'fingerprint rule cause object container firstSeen lastSeen occurrences summary rootCause evidence confidence decision fix pullRequest'.split(
          ' ',
        ),
      ),
    );
    expect(Object.keys(incident.fix)).toEqual(['commit', 'changes', 'derived', 'proof', 'diff']);
    expect(Object.keys(incident.fix.changes[0])).toEqual(['object', 'field', 'before', 'after', 'site']);
    expect(Object.keys(incident.fix.changes[0].site)).toEqual(
      'file document line column path renderer root kind'.split(' '),
    );
    expect(Object.keys(incident.pullRequest)).toEqual(['branch', 'base', 'title', 'body', 'draft']);
  });

  test('has no fix where no edit was found', () => {
    expect(incidentsOf(reportOf([declinedResult()]))[0]).toMatchObject({ fix: null, pullRequest: null });
  });

  test('has a fix but no pull request where policy only watches', () => {
    const result = { ...proposedResult(imageProposal()), proposal: null, pullRequest: null };
    const [incident] = incidentsOf(reportOf([result]));
    expect(incident.fix.commit).toBe(imageProposal().commit);
    expect(incident.pullRequest).toBeNull();
  });

  test('writes times as RFC 3339', () => {
    const json = toJson(fullReport()) as AnyJson;
    expect([
      json.now,
      json.incidents[0].firstSeen,
      json.incidents[0].evidence[0].at,
      json.incidents[0].evidence[2].at,
    ]).toEqual(['2026-07-29T03:40:00Z', '2026-07-29T03:12:00Z', '2026-07-29T03:12:00Z', null]);
  });

  test('keeps the type of numbers', () => {
    const change = changeOf(deployment('cart'), 'spec.maxReplicas', 8, 14);
    const [incident] = incidentsOf(reportOf([proposedResult(imageProposalWith({}, { changes: [change] }))]));
    expect([incident.fix.changes[0].before, incident.fix.changes[0].after]).toEqual([8, 14]);
  });

  test('masks secrets in evidence, values, the proof and the diff', () => {
    const object = deployment('cart');
    const field = 'spec.template.spec.containers[name=server].env[name=DB_PASSWORD].value';
    const proposal = imageProposalWith(
      { evidence: [{ source: 'log', ref: 'x', at: null, text: untrusted('token=aB3dE5gH7') }] },
      {
        changes: [changeOf(object, field, 'hunter2', 'hunter3')],
        proof: {
          status: 'proven',
          reason: null,
          roots: [
            {
              root: 'a',
              changes: [
                { object, field: fieldNamed(''), before: null, after: { data: { password: 'hunter4' } } },
              ],
            },
          ],
        },
        diff: '@@ -1,3 +1,3 @@\n password: hunter5\n-a: 1\n+a: 2\n b: 3\n',
      },
    );
    const text = JSON.stringify(toJson(reportOf([proposedResult(proposal)])));
    expect(text).not.toMatch(/hunter|aB3dE5gH7/);
    expect(text).toContain('***');
  });

  test('lists what could not be read', () => {
    expect((toJson(fullReport()) as AnyJson).problems).toEqual([
      { where: 'cluster/broken.yaml:3', message: 'cannot be read as YAML' },
    ]);
  });

  test('says what a draft is', () => {
    const [incident] = incidentsOf(reportOf([proposedResult(memoryProposal())]));
    expect([incident.decision.action, incident.pullRequest.draft, incident.fix.proof.status]).toEqual([
      'escalate',
      true,
      'unproven',
    ]);
  });
});
