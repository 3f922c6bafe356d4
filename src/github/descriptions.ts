import { changedSince, type Context } from './context.ts';
import { COMMENT_PAGES, type Edited, type Host } from './host.ts';
import { HostError } from './host-error.ts';

type Descriptions = Pick<Host, 'changedSince' | 'edits' | 'reactToIssue'>;

// Both ends of the list: which of them is the newest is nowhere said.
const EDIT = 'nodes { editedAt editor { type: __typename login } }';
const BODY = `body first: userContentEdits(first: 50) { ${EDIT} } last: userContentEdits(last: 50) { ${EDIT} }`;
const EDITS = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { ${BODY} } ... on PullRequest { ${BODY} } }
  }
}`;

interface Edits {
  readonly nodes: readonly {
    readonly editedAt: string;
    readonly editor: { readonly type: string; readonly login: string } | null;
  }[];
}

interface Answer {
  readonly repository: {
    readonly issueOrPullRequest: {
      readonly body: string;
      readonly first: Edits;
      readonly last: Edits;
    } | null;
  } | null;
}

/** What issues and pull requests say at their top, and who wrote it. */
export function descriptionsOf({ rest, calls, at }: Context): Descriptions {
  return {
    changedSince: async (time, fromPage = 1) => {
      const found = await changedSince(time, fromPage, COMMENT_PAGES, (query) =>
        calls.read(() => rest.issues.listForRepo({ ...at, state: 'all', ...query })),
      );
      return found.map(({ number, user, body, created_at, updated_at, pull_request }) => ({
        number,
        author: user?.login ?? 'ghost',
        isBot: user?.type === 'Bot',
        isPullRequest: pull_request !== undefined,
        body: body ?? '',
        createdAt: Date.parse(created_at),
        updatedAt: Date.parse(updated_at),
      }));
    },

    edits: async (number) => {
      const { owner, repo: name } = at;
      let answer: Answer;
      try {
        answer = await calls.graphql<Answer>('read', EDITS, { owner, name, number });
      } catch (error) {
        // GraphQL answers 200 and says that there is no such number.
        if (error instanceof HostError && error.status === 200) return null;
        throw error;
      }
      const found = answer.repository?.issueOrPullRequest;
      return found
        ? { body: found.body, edits: newestFirst([...found.first.nodes, ...found.last.nodes]) }
        : null;
    },

    reactToIssue: (number, reaction) =>
      calls.locked(async () => {
        await calls.write(() =>
          rest.reactions.createForIssue({ ...at, issue_number: number, content: reaction }),
        );
      }),
  };
}

function newestFirst(nodes: Edits['nodes']): Edited['edits'] {
  const edits = nodes.map(({ editedAt, editor }) => ({
    by:
      editor === null
        ? null
        : editor.type === 'Bot'
          ? `${editor.login.replace(/\[bot\]$/, '')}[bot]`
          : editor.login,
    isBot: editor?.type === 'Bot',
    at: Date.parse(editedAt),
  }));
  const distinct = new Map(edits.map((edit) => [JSON.stringify(edit), edit]));
  return [...distinct.values()].sort((one, other) => other.at - one.at);
}
