import { type Fault, listOf, mapOf, type Unchecked } from './fault.ts';
import { FORMS, MEASURES } from './measures.ts';

/** What stands beside the form of a measure belongs to it, and no two measures of a window have one name. */
export function measureFaults(source: Unchecked): Fault[] {
  return Object.entries(mapOf(source['windows'])).flatMap(([window, value]) => {
    const { values, measures } = mapOf(value);
    const clashes = ['values', 'measures']
      .filter(
        kind => Object.hasOwn(mapOf(value), 'having') && Object.hasOwn(mapOf(mapOf(value)[kind]), 'key'),
      )
      .map((kind): Fault => {
        const what = '"key" is what "having" calls the key itself';
        return { path: ['windows', window, kind, 'key'], part: 'key', what, mend: 'give it another name' };
      });
    const faults = Object.entries(mapOf(measures)).flatMap(([name, measure]) => {
      const path = ['windows', window, 'measures', name];
      const faults: Fault[] = formFaults(path, mapOf(measure));
      if (Object.hasOwn(mapOf(values), name)) {
        const what = `"${name}" is among the values already`;
        faults.push({ path, part: 'key', what, mend: 'give one of the two another name' });
      }
      return faults;
    });
    return [...clashes, ...faults];
  });
}

function formFaults(path: readonly string[], measure: Unchecked): Fault[] {
  const [form, ...more] = FORMS.filter(one => Object.hasOwn(measure, one));
  if (form === undefined || more.length > 0) return []; // The schema tells it.
  const own: readonly string[] = MEASURES[form];
  const faults: Fault[] = Object.keys(measure)
    .filter(key => key !== form && !own.includes(key))
    .flatMap(key => {
      const owner = FORMS.find(one => MEASURES[one].includes(key));
      // An unknown key is the schema's to tell.
      return owner
        ? [
            {
              path: [...path, key],
              part: 'key' as const,
              what: `"${key}" goes with ${owner} only`,
              mend: 'take it out',
            },
          ]
        : [];
    });
  if (form === 'histogram') faults.push(...boundFaults(path, measure['bounds']));
  return faults;
}

function boundFaults(path: readonly string[], bounds: unknown): Fault[] {
  if (bounds === undefined) {
    const mend = 'add bounds, such as [0, 10, 100]';
    return [{ path, part: 'key', what: `"${path.at(-1)}" has no "bounds"`, mend }];
  }
  const list = listOf(bounds);
  const at = list.findIndex((bound, index) => index > 0 && !(Number(bound) > Number(list[index - 1])));
  if (at < 0) return [];
  const what = `${String(list[at])} comes after ${String(list[at - 1])}`;
  return [{ path: [...path, 'bounds', at], what, expected: 'bounds that rise' }];
}
