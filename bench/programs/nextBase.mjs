// Makes the next base of a repository from its files alone: node nextBase.mjs REPOSITORY
import { engine } from '../lib/engine.mjs';

const { nextBase, openReader } = engine();
const [repository] = process.argv.slice(2);

const content = await (await openReader(repository)).content();
const lineage = content.lineages.at(-1).start.id;
const atOnce = { shareOfBase: 0, leastBytes: 1, mostBytes: 1, maxAgeMs: 0, leastBytesByAge: 1 };
const take = () => Promise.reject(new Error('it would have read the source again'));
await nextBase(repository, content, lineage, take, new AbortController().signal, atOnce);
const after = (await (await openReader(repository)).content()).snapshots.length;
if (after !== content.snapshots.length + 1) throw new Error('no base was made');
