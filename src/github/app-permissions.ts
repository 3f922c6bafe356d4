/** The permissions of app.yml. Without those that are `needed`, Faultline serves no repository; without another, it does less. */
export const APP_PERMISSIONS: readonly {
  readonly name: string;
  readonly level: 'read' | 'write';
  readonly needed: boolean;
}[] = [
  { name: 'contents', level: 'write', needed: true },
  { name: 'pull_requests', level: 'write', needed: true },
  { name: 'issues', level: 'write', needed: true },
  { name: 'checks', level: 'write', needed: false },
  { name: 'statuses', level: 'read', needed: false },
  { name: 'metadata', level: 'read', needed: false },
  { name: 'members', level: 'read', needed: false },
];

/** The events of app.yml, beside those that GitHub always sends. */
export const APP_EVENTS: readonly string[] = [
  'issue_comment',
  'issues',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'push',
  'check_run',
  'check_suite',
  'status',
];

/** What of app.yml is not granted. */
export function missingPermissions(permissions: Readonly<Record<string, unknown>>): typeof APP_PERMISSIONS {
  return APP_PERMISSIONS.filter(
    ({ name, level }) => permissions[name] !== 'write' && permissions[name] !== level,
  );
}
