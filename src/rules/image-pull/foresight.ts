import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { parseImage } from '../../kubernetes/images.ts';
import { containerPath, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';
import { sameTagOtherwiseWritten, withoutReference } from '../../witnesses/registry-tags.ts';

/** Images that nobody can pull. Registries are asked only where policy allows it, and only for what the change brings. */
export const foresight: Foresight = {
  causes: {
    'tag-not-found': 'the registry shows the repository and says that the tag is not in it',
    'digest-not-found': 'the same of a digest',
    'invalid-name': 'the reference is none that any registry can have',
  },
  *foresee(outlook, ask) {
    const asked = outlook.objects.flatMap((object) => {
      const before = outlook.before(object);
      const was = new Set(
        containersOf(before ? podSpecOf(before) : undefined).map(({ container }) => container.image),
      );
      return containersOf(podSpecOf(object)).flatMap((placed) => {
        const path = containerPath(object.kind, placed);
        const { image } = placed.container;
        return path === null || typeof image !== 'string' || was.has(image)
          ? []
          : [{ object, field: `${path}.image`, image }];
      });
    });
    const answers = yield* ask.each(asked.map(({ image }) => ask.image(image)));
    return asked.flatMap(({ object, field, image }, index): readonly Foreseen[] => {
      const ref = refOf(object);
      const common = { object: ref, field, level: 'error' as const };
      const parsed = parseImage(image);
      if (parsed === null)
        return [
          {
            ...common,
            cause: 'invalid-name',
            because: prose`${describeRef(ref)} names image ${image}, which is not a valid reference.`,
          },
        ];
      const known = answers[index] ?? null;
      const missing = withoutReference(image, known, 0);
      if (!missing) return [];
      const instead = sameTagOtherwiseWritten(image, known);
      return [
        {
          ...common,
          cause: parsed.digest === null ? 'tag-not-found' : 'digest-not-found',
          because: prose`${describeRef(ref)} asks for image ${image}, and ${missing.says}.`,
          ...(instead === null ? {} : { instead }),
        },
      ];
    });
  },
};
