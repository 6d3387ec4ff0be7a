import { type CloudEvent, timestamp } from './cloudevent.ts';

export const JOB_EXECUTED = 'google.cloud.scheduler.job.v1.executed';

/**
 * Body of Cloud Scheduler events.
 * @see https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/scheduler/v1/data.proto
 */
export interface SchedulerJobData {
  /** Base64 of the job's own payload. */
  readonly customData?: string;
}

export interface JobRun {
  readonly project: string;
  readonly location: string;
  readonly job: string;
  /** When the run was due, milliseconds since the epoch: with the job it makes the id, so a repeated run is the same event. */
  readonly scheduledTime: number;
}

/** The event of one run of a job. */
export function scheduleEvent({
  project,
  location,
  job,
  scheduledTime,
}: JobRun): CloudEvent<SchedulerJobData> {
  const time = timestamp(scheduledTime);
  return {
    id: `${job}-${time}`,
    specversion: '1.0',
    type: JOB_EXECUTED,
    source: `//cloudscheduler.googleapis.com/projects/${project}/locations/${location}/jobs/${job}`,
    time,
    datacontenttype: 'application/json',
    data: {},
  };
}
