import { buildState } from '../../src/cluster/build-state.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import type { Config } from '../../src/config/schema.ts';
import type { Decision } from '../../src/model/decision.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { KubernetesObject, ObjectRef } from '../../src/kubernetes/objects.ts';
import type { Outcome } from '../../src/lifecycle/outcome.ts';
import { reconcile } from '../../src/lifecycle/reconcile.ts';
import type { RepositoryFacts } from '../../src/lifecycle/run.ts';
import type { IncidentResult, Report } from '../../src/model/report.ts';
import { proposalKey } from '../../src/proposals/proposal-key.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { pullRequestText } from '../../src/pull-requests/pull-request-text.ts';
import type { Finding } from '../../src/model/finding.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { OpenStore } from '../../src/store/store.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import { deployment, imageProposal, incidentOf, NOW } from '../pull-requests/proposals.ts';
import { hostOf, MemoryGitHub, type Kill } from './memory-host.ts';

export const FILE = 'apps/cart/kustomization.yaml';
const IMAGE = 'registry.example/shop/cart';

export const MINUTE = 60_000;

export function kustomization(tag: string, comment = 'bumped by the release job'): string {
  return `images:\n  # ${comment}\n  - name: ${IMAGE}\n    newTag: ${tag}\n`;
}

export const AUTO_FIX: Decision = {
  action: 'auto-fix',
  reason: prose`policy.default allows auto-merge, and nothing speaks against it`,
  draft: false,
  policy: 'policy.default (mode: auto-fix)',
};

/** A repository, a cluster and Faultline between them: cart cannot pull its image, and git has the tag that does not exist. */
export class Story {
  readonly github = new MemoryGitHub({ [FILE]: kustomization('2.15.1') }, NOW);
  store: Promise<OpenStore> = openMemoryStore();
  /** With everything that may be done with a new pull request. */
  config: Config = { ...DEFAULT_CONFIG, pullRequests: { labels: true, reviewers: true } };
  /** The image that the cluster runs. */
  live = '2.15.1';
  /** Tag that is wanted instead of the one that fails. */
  wanted = '2.14.3';
  isFailing = true;
  decision: Partial<Decision> = {};
  finding: Partial<Finding> = {};
  extra: readonly IncidentResult[] = [];
  others: readonly Incident[] = [];
  /** Pods that the cluster does not know of count as unseen. */
  isSeen = true;
  revertIsDeclined = false;
  /** The call that GitHub does not answer. */
  refused: string | null = null;
  /** Objects that the proof says will change. */
  proofObjects: readonly ObjectRef[] = [deployment('cart')];

  /** The commit that the scan looked at, where the base has moved since. */
  scanned: string | null = null;
  clusterName = 'prod-eu';

  /** What the files of a branch say. */
  tag(branch = 'main'): string {
    return this.textOf(branch).replace(/^[^]*newTag: (\S+)[^]*$/, '$1');
  }

  textOf(branch = 'main'): string {
    return this.github.commits.get(this.github.head(branch))!.files.get(FILE)!;
  }

  pass(minutes: number): void {
    this.github.now += minutes * MINUTE;
  }

  /** The proposal as a scan would make it now. */
  proposal(more: Partial<Proposal> = {}): Proposal {
    const image = imageProposal();
    const before = this.tag();
    const [change] = image.located.changes;
    const located = {
      ...image.located,
      changes: [{ ...change!, before: `${IMAGE}:${before}`, after: `${IMAGE}:${this.wanted}` }],
      files: new Map([[FILE, Buffer.from(this.textOf().replace(before, this.wanted))]]),
      proof: {
        ...image.located.proof,
        roots: image.located.proof.roots.map((root) => ({
          ...root,
          changes: this.proofObjects.map((object) => ({ ...root.changes[0]!, object })),
        })),
      },
      diff: image.located.diff.replaceAll('2.15.1', before).replaceAll('2.14.3', this.wanted),
    };
    const [incident] = image.incidents;
    return {
      ...image,
      incidents: [{ ...incident!, finding: { ...incident!.finding, ...this.finding } }, ...this.others],
      located,
      key: proposalKey('acme/infra', located),
      commit: this.scanned ?? this.github.head('main'),
      decision: { ...image.decision, ...this.decision },
      ...more,
    };
  }

  results(): readonly IncidentResult[] {
    if (!this.isFailing) return this.extra;
    const proposal = this.proposal();
    const isSettled = this.tag() === this.wanted;
    const decision: Decision = isSettled
      ? { action: 'decline', reason: prose`git says so already`, draft: false, policy: 'x' }
      : proposal.decision;
    const found = proposal.incidents.map((incident): IncidentResult => ({
      incident,
      decision,
      located: isSettled
        ? { kind: 'declined', code: 'already-so', reason: 'git says so already', candidates: [] }
        : proposal.located,
      proposal: isSettled ? null : proposal,
      pullRequest: isSettled ? null : pullRequestText(proposal),
      commit: proposal.commit,
    }));
    return [...found, ...this.extra];
  }

  report(): Report {
    return { cluster: this.clusterName, now: this.github.now, problems: [], results: this.results() };
  }

  cluster(): ClusterState {
    return buildState({
      name: this.clusterName,
      now: this.github.now,
      objects: [workload('cart', this.live)],
      recorded: this.isSeen ? { Deployment: 'all', Pod: 'all' } : {},
    });
  }

  facts(): RepositoryFacts {
    return {
      hasBranch: async (branch) => this.github.branches.has(branch),
      parentTree: async (commit) => ({ id: commit, modes: new Map() }),
      firstFile: async (base, paths) => {
        const { files } = this.github.commits.get(this.github.head(base))!;
        return paths.map((path) => files.get(path)).find((text) => text !== undefined) ?? null;
      },
      rendered: async () => ({ value: `${IMAGE}:${this.tag()}` }),
      contains: async (revision, commit) => this.github.ancestors(revision).has(commit),
      revert: async () => {
        if (this.revertIsDeclined)
          return {
            kind: 'declined',
            code: 'not-exact',
            reason: 'another root would change too',
            candidates: [],
          };
        const { located } = this.proposal();
        const [change] = located.changes;
        return {
          kind: 'inverse',
          commit: this.github.head('main'),
          located: {
            ...located,
            changes: [{ ...change!, before: change!.after, after: `${IMAGE}:2.15.1` }],
            files: new Map([[FILE, Buffer.from(kustomization('2.15.1'))]]),
          },
        };
      },
    };
  }

  /** One run of Faultline; answers with its outcomes. */
  async run(kill?: Kill): Promise<readonly Outcome[]> {
    const { outcomes } = await this.runCounted(kill);
    return outcomes;
  }

  async runCounted(
    kill?: Kill,
  ): Promise<{ readonly outcomes: readonly Outcome[]; readonly calls: readonly string[] }> {
    const host = hostOf(this.github, kill, this.refused);
    const outcomes = await reconcile({
      host,
      store: await this.store,
      report: this.report(),
      cluster: this.cluster(),
      config: this.config,
      repository: this.facts(),
      now: this.github.now,
    });
    return { outcomes, calls: host.calls };
  }

  async loseStore(): Promise<void> {
    await (await this.store).close();
    this.store = openMemoryStore();
  }

  kinds(outcomes: readonly Outcome[]): readonly string[] {
    return outcomes.map(({ kind }) => kind);
  }
}

export function workload(name: string, tag: string): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { template: { spec: { containers: [{ name: 'server', image: `${IMAGE}:${tag}` }] } } },
  };
}

/** An incident of another rule, on any object, without a proposal. */
export function otherIncident(
  object: ObjectRef,
  more: Partial<Finding> = {},
  fingerprint = 'feedfeedfeedfeed',
): IncidentResult {
  const { finding } = imageProposal().incidents[0]!;
  const incident = incidentOf(
    {
      ...finding,
      rule: 'unclassified',
      cause: 'crash',
      object,
      summary: prose`Container ${'server'} of ${`Deployment shop/${object.name}`} crashes.`,
      evidence: [{ source: 'log', ref: 'x', at: null, text: untrusted('panic') }],
      ...more,
    },
    fingerprint,
  );
  return {
    incident,
    decision: { action: 'decline', reason: prose`an application error`, draft: false, policy: 'x' },
    located: null,
    proposal: null,
    pullRequest: null,
    commit: null,
  };
}

/** A second workload that the same line makes fail. */
export function sameCause(name: string, fingerprint: string): Incident {
  const { finding } = imageProposal().incidents[0]!;
  return incidentOf({ ...finding, object: deployment(name) }, fingerprint);
}
