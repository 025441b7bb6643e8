import { type ParseArgsConfig, parseArgs } from 'node:util';
import { parseDuration } from '../core/duration';
import { UsageError } from './usage';

export const verbs = [
  'snapshot',
  'record',
  'status',
  'plan',
  'restore',
  'show',
  'mark',
  'verify',
  'prune',
  'export',
  'import',
  'events',
  'diff',
  'history',
  'undo',
] as const;
export type Verb = (typeof verbs)[number];

export interface Arguments {
  readonly verb: Verb;
  readonly json: boolean;
  readonly repository: string;
  readonly uri: string;
  readonly at: string;
  readonly namespaces: readonly string[];
  readonly to: string | undefined;
  readonly map: readonly { readonly from: string; readonly to: string }[];
  readonly filter: string | undefined;
  readonly limit: number | undefined;
  readonly name: string;
  /** Milliseconds. */
  readonly keepMs: number;
  readonly maxBytes: number | undefined;
  readonly out: string;
  readonly dump: string;
  readonly dryRun: boolean;
  /** Of verify: a test restore. */
  readonly restore: boolean;
  readonly from: string | undefined;
  /** Extended JSON of an `_id`. */
  readonly id: string;
  readonly event: string;
  readonly inPlace: boolean;
  readonly leaveEarlier: boolean;
  /** Of mark. */
  readonly remove: boolean;
}

interface VerbOptions {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Options without a value. */
  readonly flags?: readonly string[];
  /** How many words stand beside the options. */
  readonly words: number;
}

const optionsOf: Readonly<Record<Verb, VerbOptions>> = {
  snapshot: { required: ['uri', 'repo'], optional: ['ns'], words: 0 },
  record: { required: ['uri', 'repo'], optional: [], words: 0 },
  status: { required: ['repo'], optional: [], words: 0 },
  plan: { required: ['repo', 'at'], optional: ['ns'], words: 0 },
  restore: {
    required: ['repo', 'uri', 'at'],
    optional: ['ns', 'to', 'map'],
    flags: ['in-place', 'leave-earlier'],
    words: 0,
  },
  show: { required: ['repo', 'at', 'ns'], optional: ['filter', 'limit'], words: 0 },
  mark: { required: ['repo'], optional: ['at'], flags: ['remove'], words: 1 },
  verify: { required: ['repo'], optional: ['uri'], flags: ['restore'], words: 0 },
  prune: { required: ['repo', 'keep'], optional: ['max-bytes'], flags: ['dry-run'], words: 0 },
  export: { required: ['repo', 'at', 'out'], optional: ['ns'], words: 0 },
  import: { required: ['dump', 'repo'], optional: [], words: 0 },
  events: { required: ['repo'], optional: ['from', 'to'], words: 0 },
  diff: { required: ['repo', 'ns', 'from', 'to'], optional: [], words: 0 },
  history: { required: ['repo', 'ns', 'id'], optional: [], words: 0 },
  undo: {
    required: ['repo', 'uri'],
    optional: ['event', 'from', 'to', 'ns'],
    flags: ['dry-run'],
    words: 0,
  },
};

const ofOneCollection: ReadonlySet<Verb> = new Set<Verb>(['show', 'diff', 'history']);

/** Reads the words after the program's name. Throws UsageError; `help` means that the usage was asked for. */
export function readArguments(
  words: readonly string[],
  environmentUri: string | undefined,
): Arguments | 'help' {
  const [first, ...rest] = words;
  if (first === undefined) throw new UsageError('which command?');
  if (first === 'help' || words.includes('--help') || words.includes('-h')) return 'help';
  const verb = verbs.find((v) => v === first);
  if (!verb) throw new UsageError(`there is no command ${first}`);
  const { required, optional, flags = [], words: wordCount } = optionsOf[verb];
  const { values, positionals } = parse(rest, [...required, ...optional], flags);
  const uri = one(values, 'uri') ?? environmentUri ?? '';
  for (const name of required) {
    const given = name === 'uri' ? uri !== '' : values[name] !== undefined;
    if (!given) throw new UsageError(`${verb} needs --${name}`);
  }
  if (positionals.length !== wordCount) {
    throw new UsageError(wordCount === 1 ? 'mark needs one NAME' : `what is ${String(positionals[0])}?`);
  }
  const namespaces = many(values, 'ns');
  if (ofOneCollection.has(verb) && namespaces.length !== 1)
    throw new UsageError(`${verb} needs one --ns DB.COLL`);
  const to = one(values, 'to');
  const map = many(values, 'map').map(readMapping);
  if (to !== undefined && map.length > 0) throw new UsageError('use --to or --map, not both');
  if (values['in-place'] === true && (to !== undefined || map.length > 0))
    throw new UsageError('--in-place restores under the same names: leave --to and --map out');
  if (values['leave-earlier'] === true && values['in-place'] !== true)
    throw new UsageError('--leave-earlier needs --in-place');
  if (verb === 'undo') checkUndo(values);
  if (values['remove'] === true && values['at'] !== undefined)
    throw new UsageError('--remove takes the name alone');
  const restore = values['restore'] === true;
  if (verb === 'verify' && restore && uri === '') throw new UsageError('verify --restore needs --uri');
  return {
    verb,
    json: values['json'] === true,
    repository: one(values, 'repo') ?? '',
    uri,
    at: one(values, 'at') ?? '',
    namespaces,
    to,
    map,
    filter: one(values, 'filter'),
    limit: readLimit(one(values, 'limit')),
    name: positionals[0] ?? '',
    keepMs: readKeep(one(values, 'keep')),
    maxBytes: readMaxBytes(one(values, 'max-bytes')),
    out: one(values, 'out') ?? '',
    dump: one(values, 'dump') ?? '',
    dryRun: values['dry-run'] === true,
    restore,
    from: one(values, 'from'),
    id: one(values, 'id') ?? '',
    event: one(values, 'event') ?? '',
    inPlace: values['in-place'] === true,
    leaveEarlier: values['leave-earlier'] === true,
    remove: values['remove'] === true,
  };
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parse(
  words: readonly string[],
  names: readonly string[],
  flags: readonly string[],
): { values: Values; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = { json: { type: 'boolean' } };
  for (const name of names) options[name] = { type: 'string', multiple: true };
  for (const name of flags) options[name] = { type: 'boolean' };
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error));
  }
}

function many(values: Values, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((v) => typeof v === 'string') : [];
}

function one(values: Values, name: string): string | undefined {
  const given = many(values, name);
  if (given.length > 1) throw new UsageError(`--${name} is given twice`);
  if (given[0] === '') throw new UsageError(`--${name} is empty`);
  return given[0];
}

function checkUndo(values: Values): void {
  const has = (name: string): boolean => values[name] !== undefined;
  if (has('event') && (has('from') || has('to') || has('ns')))
    throw new UsageError('undo takes --event alone, or --from, --to and --ns');
  if (!has('event') && !(has('from') && has('to') && has('ns')))
    throw new UsageError('undo needs --event, or --from, --to and --ns');
}

function readMapping(text: string): { from: string; to: string } {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new UsageError(`--map is FROM=TO, not ${text}`);
  return { from: text.slice(0, at), to: text.slice(at + 1) };
}

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`--limit is a whole number from 1, not ${text}`);
  return limit;
}

function readKeep(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`--keep is a span like 24h or 30d, not ${text}`);
  return ms;
}

function readMaxBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--max-bytes is a whole number, not ${text}`);
  return Number(text);
}
