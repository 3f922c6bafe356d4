import { heading, item, list, paragraph } from '../model/block.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import type { Message } from './message.ts';
import type { Route } from './route.ts';

/** A message that says what a route would tell, to see that it arrives. @param id in no other message */
export function testMessage(route: Route, id: string): Message {
  const title = prose`Test message: route ${route.name}`;
  const blocks = [
    heading(title),
    paragraph(prose`Faultline reaches this place. Nothing failed: somebody ran a test of the notifications.`),
    ...list([
      item(named(route.clusters), { lead: ownText('Clusters:') }),
      item(named(route.namespaces), { lead: ownText('Namespaces:') }),
      item(named(route.severities), { lead: ownText('Severities:') }),
      item(named(route.outcomes), { lead: ownText('Outcomes:') }),
    ]),
  ];
  const facts = { event: 'test', title: plainText(title), route: route.name };
  return { id: `test:${id}`, title, blocks, news: blocks, facts, thread: null };
}

function named(names: readonly string[] | null): Prose {
  return names === null
    ? ownText('all')
    : joinProse(
        names.map((name) => prose`${name}`),
        ', ',
      );
}
