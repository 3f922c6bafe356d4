import { markup, NO_HTML, type Html } from '../untrusted/html.ts';
import { sentenceOf } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { PageContent } from './layout.ts';
import { pageOf, pagesNav } from './paging.ts';
import { tableOf, type Column } from './table.ts';
import type { ConfigurationView, ShownSetting } from './views.ts';

/** Repositories on one page. */
const PER_PAGE = 20;

const COLUMNS: readonly Column[] = [
  { title: 'Setting', width: 'third' },
  { title: 'Value', width: 'half' },
  { title: 'From' },
];

/** `GET /configuration`: what is in force in each repository and in the process, and where each value comes from. */
export function configurationPage(
  { now, repositories, service }: ConfigurationView,
  page: number,
): PageContent {
  const paged = pageOf(repositories, page, PER_PAGE);
  return {
    title: 'Configuration',
    of: 'configuration',
    now,
    content: markup`<h1>Configuration in force</h1>
<p class="lead">As this process read it last. Secrets are never shown, only where they are read from.</p>
${repositories.length === 0 ? markup`<p>No repository was diagnosed yet.</p>` : null}
${paged.shown.map(
  (
    { name, settings, errors },
    index,
  ) => markup`<section aria-labelledby="repository-${index}"><h2 id="repository-${index}">${name}</h2>
${errorList(errors)}${settingsTable(`Settings of ${name}`, settings)}</section>
`,
)}
${pagesNav(paged, (other) => `?page=${other}`)}
<section aria-labelledby="service"><h2 id="service">Settings of the service</h2>
${settingsTable('Settings of the service', service)}</section>`,
  };
}

function errorList(errors: ConfigurationView['repositories'][number]['errors']): Html {
  if (errors.length === 0) return NO_HTML;
  return markup`<div class="notice red"><p><strong>The configuration is in error, so Faultline only watches here.</strong></p>
<ul>${errors.slice(0, 20).map(({ file, line, message }) => markup`<li>${sentence(sentenceOf(`${file}:${line}: ${message}`))}</li>`)}</ul></div>`;
}

function settingsTable(caption: string, settings: readonly ShownSetting[]): Html {
  return tableOf(
    caption,
    COLUMNS,
    settings.map(({ name, value, origin }) => ({
      cells: [markup`<code>${name}</code>`, markup`<code>${value}</code>`, markup`${origin}`],
    })),
  );
}
