import { readFileSync } from 'node:fs';
import path from 'node:path';
import { splitDocuments } from '../../../src/core/rawDocument';
import { readOplogEntry } from '../../../src/core/oplogEntry';
import type { OplogEntry } from '../../../src/core/oplogEntry';
import { parseClusterTime } from '../../../src/core/time';
import type { ClusterTime } from '../../../src/core/time';
import { projectRoot } from '../../support/projectRoot';

/** A recorded run against a real server: its oplog, and what the server held at each mark. */
export interface Scenario {
  readonly name: string;
  /** Name of its database; others of it begin with the name and an underscore. */
  readonly databases: string;
  readonly entries: readonly OplogEntry[];
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly name: string;
  /** Time of the last write before the state was read. */
  readonly at: ClusterTime;
  readonly namespaces: readonly ExpectedNamespace[];
}

/** JSON of canonical Extended JSON; options and indexes have lost the types of their numbers. */
export interface ExpectedNamespace {
  readonly ns: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  readonly options: unknown;
  readonly indexes?: readonly unknown[];
  readonly documents: readonly unknown[];
}

export const CORPUS_VERSIONS = ['4.4', '5.0', '6.0'] as const;

interface ScenarioFile {
  readonly server: string;
  readonly scenarios: readonly {
    readonly name: string;
    readonly databases: string;
    readonly entries: number;
    readonly marks: readonly { readonly name: string; readonly at: string }[];
  }[];
}

export function readCorpus(version: string): {
  readonly server: string;
  readonly scenarios: readonly Scenario[];
} {
  const folder = path.join(projectRoot, 'test', 'corpus', version);
  const file = JSON.parse(readFileSync(path.join(folder, 'scenarios.json'), 'utf8')) as ScenarioFile;
  const scenarios = file.scenarios.map(({ name, databases, entries, marks }) => {
    const log = [...splitDocuments(Uint8Array.from(readFileSync(path.join(folder, name, 'oplog.bson'))))].map(
      readOplogEntry,
    );
    if (log.length !== entries)
      throw new Error(`${version} ${name}: ${log.length} entries instead of ${entries}`);
    return {
      name,
      databases,
      entries: log,
      marks: marks.map((mark) => readMark(path.join(folder, name), mark)),
    };
  });
  return { server: file.server, scenarios };
}

function readMark(folder: string, { name, at }: { name: string; at: string }): Mark {
  const time = parseClusterTime(at);
  if (time === undefined) throw new Error(`"${at}" is no cluster time`);
  const lines = readFileSync(path.join(folder, `${name}.jsonl`), 'utf8').split('\n');
  const namespaces = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ExpectedNamespace);
  return { name, at: time, namespaces };
}
