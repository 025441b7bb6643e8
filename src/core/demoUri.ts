/** The demo's replica set knows itself by this name. */
export const demoSetName = 'demo';

/** Holds no secret: the demo listens on this machine alone, for everybody on it. */
export function demoUri(port: number): string {
  return `mongodb://127.0.0.1:${port}/?replicaSet=${demoSetName}`;
}
