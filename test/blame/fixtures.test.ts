import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { blame } from '../../src/blame/blame.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { siteOfField } from '../../src/locate/site-of-field.ts';
import { type Request, targetOf, toolsFor } from '../locate/fixture-cases.ts';
import { filesBelow, renderers, revisionOf } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/locate');

/** Where locate lists several places of one value, all of them win. */
const PUT_TOGETHER = 'several-sites';

describe('the winning layer is the site that locate names', () => {
  for (const name of readdirSync(folder)) {
    const before = join(folder, name, 'before');
    const files = filesBelow(before);
    needsTool(...toolsFor(files))(name, async () => {
      const request = JSON.parse(readFileSync(join(folder, name, 'request.json'), 'utf8')) as Request;
      const revision = await revisionOf(files);
      const input = { revision, renderers, repository: await openRepository(before) };
      const target = targetOf(request, revision);
      for (const { field } of request.fields) {
        const site = await siteOfField(revision, target, field);
        const answer = await blame(input, target, field);
        const winning = answer.kind === 'blame' ? answer.layers.filter(({ wins }) => wins) : [];
        if (site.kind === 'site') expect(winning.map((layer) => layer.site)).toEqual([site.site]);
        else if (site.code === PUT_TOGETHER && answer.kind === 'blame')
          expect(new Set(winning.map((layer) => `${layer.site.file}:${layer.site.line}`))).toEqual(
            new Set(site.candidates),
          );
        // Labels and annotations of transformers have no marker, and locate changes none of them.
        else if (site.code !== 'no-site') expect(answer).toEqual(site);
      }
    });
  }
});
