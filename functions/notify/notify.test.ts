import { Timestamp } from '@google-cloud/firestore';
import { describe, expect, it } from 'vitest';
import { type Alert, alertOf, isNews, messagesFor, noticeId } from './notify.ts';

const FIELDS = {
  ...{ pipeline: 'quakes', rule: 'strong', severity: 'warning', title: 'Magnitude 5', key: 'ak' },
  time: Timestamp.fromMillis(1000),
};
const alert = alertOf('strong-1', FIELDS)!;
const AT = new Date(5000);
const wants = (more: object) =>
  messagesFor(alert, [{ uid: 'ann', pipeline: 'quakes', ...more }], AT).length === 1;

describe('a subscription', () => {
  it.each<[boolean, object]>([
    [true, {}],
    [true, { pipeline: '*' }],
    [false, { pipeline: 'flights' }],
    [true, { rule: 'strong' }],
    [true, { rule: '*' }],
    [false, { rule: 'weak' }],
    [true, { minSeverity: 'info' }],
    [true, { minSeverity: 'warning' }],
    [false, { minSeverity: 'critical' }],
    [false, { minSeverity: 'enormous' }],
    [true, { via: ['push', 'inbox'] }],
    [false, { via: ['push'] }],
    [false, { via: 'inbox' }],
    [false, { uid: undefined }],
    [false, { uid: '' }],
    [false, { uid: 'a/messages/b' }],
    [false, { uid: '..' }],
    [false, { uid: '__x__' }],
    [false, { uid: 'x'.repeat(129) }],
    [false, { uid: '\ud800' }],
    [false, { uid: 7 }],
  ])('matches: %s for %j', (expected, more) => {
    expect(wants(more)).toBe(expected);
  });
});

describe('a message', () => {
  it('says which alert, how severe, and why it comes, at a path that is the same each time', () => {
    expect(messagesFor(alert, [{ uid: 'ann', pipeline: '*' }], AT)).toEqual([
      {
        path: 'inbox/ann/messages/strong-1-warning',
        fields: {
          ...{ alert: 'strong-1', pipeline: 'quakes', rule: 'strong', severity: 'warning', key: 'ak' },
          ...{ title: 'Magnitude 5', time: new Date(1000), reason: 'opened', at: AT },
        },
      },
    ]);
  });

  it('comes once to a person with several subscriptions', () => {
    const subscriptions = [
      { uid: 'ann', pipeline: '*' },
      { uid: 'bob', pipeline: '*' },
      { uid: 'ann', pipeline: 'quakes' },
    ];
    expect(messagesFor(alert, subscriptions, AT).map(({ path }) => path)).toHaveLength(2);
  });

  it('comes again at another severity', () => {
    const risen = alertOf('strong-1', { ...FIELDS, severity: 'critical', escalatedAt: AT }) as Alert;
    expect(noticeId(risen)).toBe('strong-1-critical');
    expect(messagesFor(risen, [{ uid: 'ann', pipeline: '*' }], AT)[0]!.fields['reason']).toBe('escalated');
  });
});

describe('an alert is news', () => {
  it.each<[boolean, string, object | undefined, object | undefined]>([
    [true, 'when it is new', undefined, FIELDS],
    [true, 'when its severity changes', FIELDS, { ...FIELDS, severity: 'critical' }],
    [true, 'when it stands again', { ...FIELDS, retracted: true }, FIELDS],
    [false, 'not when its value changes', FIELDS, { ...FIELDS, value: 3 }],
    [false, 'not when it is deleted', FIELDS, undefined],
  ])('%s %s', (expected, _, before, after) => {
    expect(isNews(before as never, after as never)).toBe(expected);
  });

  it('for nobody once it has been retracted, or where it is no alert', () => {
    expect(alertOf('a', { ...FIELDS, retracted: true })).toBeUndefined();
    expect(alertOf('a', {})).toBeUndefined();
  });
});
