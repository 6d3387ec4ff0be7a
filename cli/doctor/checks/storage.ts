import { datasetsOf } from '../../../eventarc/datasets.ts';
import { bucketsOf, type Case } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY, replaceTrigger } from '../mends.ts';

export function checkBuckets({ wiring, place, answers }: Case): Finding[] {
  const watched = new Set(watches(wiring, place.project).map(({ bucket }) => bucket));
  return bucketsOf(wiring, place.project).flatMap((name): Finding[] => {
    const about = `bucket ${name}`;
    if (answers.isMissing('bucket', name)) {
      const what = 'it is not there: nothing can be put into it or read from it';
      return [{ severity: 'error', place: about, what, expected: 'a bucket', mend: APPLY }];
    }
    const bucket = answers.get('bucket', name);
    if (bucket === undefined) return [];
    const { publicAccessPrevention, uniformBucketLevelAccess } = bucket.iamConfiguration ?? {};
    const open = 'somebody could make objects public';
    const update = `gcloud storage buckets update gs://${name}`;
    return compare(about, [
      {
        name: 'location',
        is: bucket.location.toLowerCase(),
        expected: place.region,
        so: watched.has(name)
          ? 'a trigger in another region hears nothing of it; a bucket cannot move'
          : 'every read leaves the region',
        severity: watched.has(name) ? 'error' : 'warning',
        mend: `${APPLY} -replace='google_storage_bucket.this["${name.slice(place.project.length + 1)}"]'   # it must be empty`,
      },
      {
        name: 'public access prevention',
        is: publicAccessPrevention,
        expected: 'enforced',
        so: open,
        severity: 'warning',
        mend: `${update} --public-access-prevention`,
      },
      {
        name: 'uniform access',
        is: uniformBucketLevelAccess?.enabled ? 'on' : 'off',
        expected: 'on',
        so: open,
        severity: 'warning',
        mend: `${update} --uniform-bucket-level-access`,
      },
    ]);
  });
}

export function checkDatasets({ wiring, answers }: Case): Finding[] {
  return datasetsOf(wiring).flatMap((name): Finding[] => {
    if (!answers.isMissing('dataset', name)) return [];
    const what = 'it is not there: whatever is to be written to its tables fails';
    return [{ severity: 'error', place: `dataset ${name}`, what, expected: 'a dataset', mend: APPLY }];
  });
}

/** A trigger on a bucket lives by the notification that Eventarc has put there, and that anybody may delete. */
export function checkNotifications({ wiring, place, answers }: Case): Finding[] {
  return watches(wiring, place.project).flatMap(({ trigger, bucket }): Finding[] => {
    const notifications = answers.get('notifications', bucket);
    const topic = answers.get('trigger', trigger)?.transport?.pubsub?.topic;
    if (notifications === undefined || topic === undefined) return [];
    if (notifications.some(one => one.topic.endsWith(`/${topic}`))) return [];
    return [
      {
        severity: 'error',
        place: `trigger ${trigger}`,
        what: `the bucket ${bucket} does not notify its topic: no upload wakes the step`,
        expected: `a notification to ${topic}`,
        mend: replaceTrigger(trigger),
      },
    ];
  });
}

function watches({ triggers }: Case['wiring'], project: string): { trigger: string; bucket: string }[] {
  return triggers.flatMap(trigger =>
    trigger.kind !== 'eventarc'
      ? []
      : trigger.where
          .filter(({ attribute }) => attribute === 'bucket')
          .map(({ value }) => ({ trigger: trigger.name, bucket: `${project}-${value}` })),
  );
}
