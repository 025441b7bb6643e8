/**
 * What menus match with `viewItem =~ /…/`: a kind, then its flags, each after a semicolon.
 *   connection;recording|idle[;restorable][;protected]
 *   event|range|snapshot|mark[;protected]
 *   database|collection|view|timeseries[;restorable][;protected]
 *   restorable[;some]   care   snapshots   events   marks   gaps   gap   olderEvents   page   problem   preview
 *   job;running|cancelling|done|failed|cancelled[;preview][;comparable]
 */
export function contextValue(kind: string, ...flags: readonly (string | false)[]): string {
  return [kind, ...flags.filter((flag) => flag !== false)].join(';');
}
