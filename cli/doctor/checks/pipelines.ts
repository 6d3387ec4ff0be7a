import { objectNames } from '../../../shared/pipelines/objects.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { BUILD_AND_APPLY } from '../mends.ts';

/** Steps read pipelines from their bucket: the pointer, what it points at, and the reference data of that. */
export function checkPipelines({ pipelines, place: { project }, answers }: Case): Finding[] {
  const objects = answers.get('objects', `${project}-pipelines`)?.map(({ name }) => name);
  return pipelines.pipelines.flatMap(({ name, version, joins }): Finding[] => {
    const place = `pipeline ${name}`;
    const told = { severity: 'error', place, mend: BUILD_AND_APPLY } as const;
    if (answers.isMissing('pointer', name)) {
      const what = `${objectNames.current(name)} is not in the bucket: all its events are refused`;
      return [{ ...told, what, expected: `a pointer to ${version}` }];
    }
    const pointer = answers.get('pointer', name);
    if (pointer === undefined || objects === undefined) return [];
    const current = pointer.version ?? '';
    const missing = (object: string): Finding[] =>
      objects.includes(object)
        ? []
        : [{ ...told, what: `${object} is not in the bucket: all its events are refused`, expected: object }];
    if (current === version) {
      return [
        objectNames.compiled(name, version),
        ...joins.map(({ hash }) => objectNames.reference(hash)),
      ].flatMap(missing);
    }
    return [
      ...missing(objectNames.compiled(name, current)),
      {
        ...told,
        severity: 'warning',
        what: `it runs at version ${current || 'none'}, this checkout has another`,
        expected: version,
      },
    ];
  });
}
