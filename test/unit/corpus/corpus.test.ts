import assert from 'node:assert/strict';
import { databaseOf } from '../../../src/core/catalogueCommand';
import { canonicalExtendedJson } from '../../../src/core/extendedJson';
import { indexListingOf } from '../../../src/core/indexSpec';
import { TransactionAssembler } from '../../../src/core/transactions';
import { CORPUS_VERSIONS, readCorpus } from './corpus';
import type { ExpectedNamespace, Mark, Scenario } from './corpus';
import { replay } from './replay';
import type { ReplayedState } from './replay';

/** Both sides the same way: keys that look like integers change place when JSON is parsed. */
function normal(document: Uint8Array): string {
  return JSON.stringify(JSON.parse(canonicalExtendedJson(document)));
}

/** The recorded options and index definitions have lost the types of their numbers. */
function withoutNumberTypes(text: string): string {
  return text.replace(/\{"\$number(?:Int|Long|Double)":"(-?\d+)(?:\.0)?"\}/g, '$1');
}

interface Listed {
  readonly type: string;
  readonly options: string;
  readonly indexes: readonly string[] | undefined;
  readonly documents: readonly string[] | undefined;
}

function expectedOf({ type, options, indexes, documents }: ExpectedNamespace): Listed {
  const isCapped = (options as { capped?: boolean }).capped === true;
  const definitions = (indexes ?? []).filter(
    (index) => (index as { clustered?: boolean }).clustered !== true,
  );
  const stored = type === 'collection' ? documents.map((document) => JSON.stringify(document)) : undefined;
  return {
    type,
    options: withoutNumberTypes(JSON.stringify(options)),
    indexes:
      type === 'collection' ? definitions.map((d) => withoutNumberTypes(JSON.stringify(d))) : undefined,
    documents: isCapped ? stored : stored?.toSorted(),
  };
}

function listed(state: ReplayedState, databases: string): Record<string, Listed> {
  const mine = (ns: string): boolean => {
    const database = databaseOf(ns);
    return database === databases || database.startsWith(`${databases}_`);
  };
  const all: [string, Listed][] = [];
  for (const { uuid, ns, options, indexes } of state.catalogue.collections.values()) {
    const documents = (state.documents.get(uuid) ?? []).map(normal);
    const definitions = [...indexes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, spec]) => normal(spec));
    const shown = withoutNumberTypes(normal(options));
    all.push([
      ns,
      {
        type: 'collection',
        options: shown,
        indexes: definitions.map(withoutNumberTypes),
        documents: shown.includes('"capped":true') ? documents : documents.toSorted(),
      },
    ]);
  }
  for (const { kind, ns, options } of state.catalogue.views()) {
    const shown = withoutNumberTypes(normal(options));
    all.push([ns, { type: kind, options: shown, indexes: undefined, documents: undefined }]);
  }
  return Object.fromEntries(all.filter(([ns]) => mine(ns)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function assertState(state: ReplayedState, scenario: Scenario, mark: Mark): void {
  const expected = mark.namespaces.map((namespace) => [namespace.ns, expectedOf(namespace)] as const);
  assert.deepEqual(
    listed(state, scenario.databases),
    Object.fromEntries(expected.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
  assert.deepEqual(state.missing, []);
  assert.deepEqual(state.strangers, []);
  assert.deepEqual([...state.catalogue.unknown], []);
}

describe('replaying a recorded oplog', () => {
  for (const version of CORPUS_VERSIONS) {
    const { server, scenarios } = readCorpus(version);
    const listing = indexListingOf(server);
    describe(`of ${server}`, () => {
      for (const scenario of scenarios) {
        for (const [index, mark] of scenario.marks.entries()) {
          it(`gives what the server held: ${scenario.name}, ${mark.name}`, () => {
            assertState(replay(scenario.entries, mark.at, listing), scenario, mark);
          });

          for (const newer of scenario.marks.slice(0, index + 1)) {
            it(`converges over a base at ${newer.name} that is newer than the log's start: ${scenario.name}, ${mark.name}`, () => {
              const base = replay(scenario.entries, newer.at, listing);
              const state = replay(scenario.entries, mark.at, listing, base);
              const late = state.missing.filter((missing) => missing.ts > newer.at);
              assertState({ ...state, missing: late }, scenario, mark);
            });
          }

          const before = scenario.marks[index - 1];
          if (!before) continue;
          it(`gives the same from a base at ${before.name}: ${scenario.name}, ${mark.name}`, () => {
            const base = replay(scenario.entries, before.at, listing);
            assertState(replay(spanning(scenario, before), mark.at, listing, base), scenario, mark);
          });
        }
      }
    });
  }
});

/** A transaction that was open at the base needs its earlier entries too. */
function spanning(scenario: Scenario, before: Mark): Scenario['entries'] {
  const assembler = new TransactionAssembler();
  for (const entry of scenario.entries) {
    if (entry.ts <= before.at) assembler.push(entry);
  }
  const from = assembler.openSince();
  const later = scenario.entries.filter((entry) => entry.ts > before.at);
  if (from === undefined) return later;
  const open = scenario.entries.filter((entry) => entry.ts >= from && entry.ts <= before.at);
  return [...open.filter((entry) => entry.op === 'c' && entry.txnNumber !== undefined), ...later];
}
