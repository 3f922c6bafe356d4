import type { Octokit } from '@octokit/rest';
import { isRefused } from './errors.ts';
import { limitsOf, type Calls, type Clock } from './limits.ts';
import type { AppClient } from './tokens.ts';

/** A webhook that GitHub could not hand over. */
export interface FailedDelivery {
  /** Of this attempt. */
  readonly id: number;
  /** Of what happened: every attempt has the same, as `X-GitHub-Delivery`. */
  readonly guid: string;
  readonly event: string;
  /** Number of the repository; null for what is about an installation. */
  readonly repository: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface FailedDeliveries {
  /** Oldest first, the last attempt of each. */
  readonly found: readonly FailedDelivery[];
  /** False where there are more than were read. */
  readonly isWhole: boolean;
}

type Listed = Awaited<ReturnType<Octokit['rest']['apps']['listWebhookDeliveries']>>['data'][number];

const PAGE = 100;
/** So many pages of failures are read: 1,000 attempts. */
const MOST_PAGES = 10;
/** What Faultline answers to what is no webhook of GitHub's, and would answer again. */
const REFUSED = new Set([400, 405, 413, 415, 422]);

/** The webhooks of the App that GitHub lists, as the App: it keeps them for three days. */
export class WebhookDeliveries {
  readonly #octokit: Octokit;
  readonly #calls: Calls;

  constructor({ octokit }: AppClient, clock: Clock) {
    this.#octokit = octokit;
    this.#calls = limitsOf(octokit, clock).calls('');
  }

  /**
   * Those that failed since a time, and were not handed over later.
   *
   * @param since milliseconds since the epoch
   * @throws {HostError}
   */
  async failedSince(since: number): Promise<FailedDeliveries> {
    const listed: Listed[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.#page(cursor);
      listed.push(...answer.listed);
      cursor = answer.next;
      const oldest = answer.listed.at(-1);
      if (cursor === undefined || (oldest && Date.parse(oldest.delivered_at) < since)) {
        cursor = undefined;
        break;
      }
    }
    return { found: failedAmong(listed, since), isWhole: cursor === undefined };
  }

  /**
   * Has GitHub deliver it once more.
   *
   * @returns whether it will: GitHub may have forgotten it
   * @throws {HostError}
   */
  async redeliver({ id }: FailedDelivery): Promise<boolean> {
    try {
      await this.#calls.write(() => this.#octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: id }));
      return true;
    } catch (error) {
      if (isRefused(error, [400, 404, 422])) return false;
      throw error;
    }
  }

  async #page(cursor: string | undefined): Promise<{ listed: readonly Listed[]; next: string | undefined }> {
    let link = '';
    // GitHub that does not know the status yet lists all, which is sorted out here.
    const listed = await this.#calls.read(async () => {
      const answer = await this.#octokit.rest.apps.listWebhookDeliveries({
        per_page: PAGE,
        status: 'failure',
        ...(cursor === undefined ? {} : { cursor }),
      });
      link = String(answer.headers.link ?? '');
      return answer;
    });
    const address = /<([^>]+)>; *rel="next"/.exec(link)?.[1];
    const next = address === undefined ? null : (URL.parse(address)?.searchParams.get('cursor') ?? null);
    return { listed, next: next ?? undefined };
  }
}

function failedAmong(listed: readonly Listed[], since: number): readonly FailedDelivery[] {
  const handedOver = new Set(listed.filter(isHandedOver).map(({ guid }) => guid));
  const last = new Map<string, FailedDelivery>();
  // Newest first, as GitHub lists them.
  for (const { id, guid, event, repository_id: repository, delivered_at, status_code } of listed) {
    const at = Date.parse(delivered_at);
    if (at < since || last.has(guid) || handedOver.has(guid) || REFUSED.has(status_code)) continue;
    last.set(guid, { id, guid, event, repository: repository ?? null, at });
  }
  return [...last.values()].sort((one, other) => one.at - other.at);
}

function isHandedOver({ status_code: code }: Listed): boolean {
  return code >= 200 && code < 300;
}
