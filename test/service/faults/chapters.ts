import { deployment } from '../made-service.ts';
import type { World } from './world.ts';

/** A part of the story: what happens in the world, and then Faultline is started and looks. */
export interface Chapter {
  readonly name: string;
  /** Name of the chapter before; null where a story begins. */
  readonly after: string | null;
  /** In the repository when a story begins. */
  readonly files?: Readonly<Record<string, string>>;
  /** What people and the cluster do before Faultline looks. */
  readonly begin: (world: World) => void;
  /** One more look would do more: an end as after that is as good. */
  readonly goesOn?: true;
}

const LOG = 'logs/shop/cart-512mi-x/server.previous.log';
const POLICY = '.github/faultline.yml';
const policy = (mode: string): string => `policy: {default: {mode: ${mode}, minConfidence: 0.5}}\n`;
const CHECK = 'render';

export const chapters: readonly Chapter[] = [
  {
    name: 'open',
    after: null,
    begin: (world) => world.record('512Mi', 6),
  },
  {
    name: 'new evidence',
    after: 'open',
    begin: (world) => world.record('512Mi', 9, { [LOG]: 'loading the whole catalogue\n' }),
  },
  {
    name: 'base moved',
    after: 'new evidence',
    begin: ({ ana }) =>
      void ana.push('main', { 'apps/cart.yaml': `# the shop's cart\n${deployment('512Mi')}` }),
  },
  { name: 'explain', after: 'base moved', begin: (world) => world.say('/rca explain') },
  { name: 'set', after: 'explain', begin: (world) => world.say('/rca set limits.memory=640Mi') },
  {
    name: 'merged',
    after: 'set',
    begin: (world) => {
      world.ana.merge(proposal(world).number);
      world.record('640Mi', 0);
    },
  },
  { name: 'resolved', after: 'merged', begin: (world) => world.pass(7 * 60) },
  { name: 'revert', after: 'resolved', begin: (world) => world.say('/rca revert') },
  {
    name: 'fixed by other means',
    after: 'open',
    begin: ({ ana }) => void ana.push('main', { 'apps/cart.yaml': deployment('1Gi') }),
  },
  {
    name: 'auto-fix opened',
    after: null,
    goesOn: true,
    files: { [POLICY]: policy('auto-fix') },
    begin: (world) => {
      world.repository.protect('main', { checks: [CHECK] });
      world.record('512Mi', 6);
    },
  },
  { name: 'auto-fix switched on', after: 'auto-fix opened', begin: () => undefined },
  {
    name: 'auto-fix merged by GitHub',
    after: 'auto-fix switched on',
    begin: (world) => {
      world.repository.setCheck(proposal(world).headSha, CHECK, 'success');
      world.record('768Mi', 0);
    },
  },
  {
    name: 'auto-fix with nothing to wait for',
    after: 'auto-fix opened',
    begin: (world) => world.repository.setCheck(proposal(world).headSha, CHECK, 'success'),
    // A process that ends right after the merge finds it done when it starts again, and begins to verify it.
    goesOn: true,
  },
  {
    name: 'auto-fix called off',
    after: 'auto-fix switched on',
    begin: ({ ana }) => void ana.push('main', { [POLICY]: policy('propose') }),
  },
];

function proposal({ repository }: World) {
  return repository.pulls()[0]!;
}
