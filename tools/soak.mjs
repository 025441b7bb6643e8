// Records under random faults for some minutes: npm run test:soak [-- SECONDS]; MONGO_REWIND_SEED repeats a run.
const [first, ...rest] = process.argv.slice(2);
const seconds = first !== undefined && /^\d+$/.test(first) ? first : undefined;
process.env.MONGO_REWIND_SOAK_SECONDS ??= seconds ?? '240';
const others = seconds === undefined && first !== undefined ? [first, ...rest] : rest;
process.argv.splice(2, Infinity, 'integration', '--grep', 'soak', ...others);
await import('./test.mjs');
