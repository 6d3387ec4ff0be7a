import type { CloudEvent } from './cloudevent.ts';

export const AUDIT_LOG_WRITTEN = 'google.cloud.audit.log.v1.written';

/**
 * Body of Cloud Audit Logs events, as far as it is used.
 * @see https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/audit/v1/data.proto
 */
export interface LogEntryData {
  /** `projects/P/logs/cloudaudit.googleapis.com%2Factivity` or `…%2Fdata_access` */
  readonly logName: string;
  readonly insertId: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly severity?: string;
  readonly resource?: { readonly type: string; readonly labels: Readonly<Record<string, string>> };
  readonly protoPayload: AuditLog;
}

export interface AuditLog {
  readonly serviceName: string;
  readonly methodName: string;
  readonly resourceName: string;
  readonly authenticationInfo?: { readonly principalEmail?: string };
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** The event that Eventarc sends for an entry of the audit log. */
export function auditEvent(id: string, entry: LogEntryData): CloudEvent<LogEntryData> {
  const { serviceName, methodName, resourceName } = entry.protoPayload;
  return {
    id,
    specversion: '1.0',
    type: AUDIT_LOG_WRITTEN,
    source: `//cloudaudit.googleapis.com/${entry.logName.replace('cloudaudit.googleapis.com%2F', '')}`,
    time: entry.timestamp,
    datacontenttype: 'application/json',
    servicename: serviceName,
    methodname: methodName,
    resourcename: resourceName,
    data: entry,
  };
}
