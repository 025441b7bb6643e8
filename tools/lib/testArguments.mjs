import { Stop } from './say.mjs';

const groups = {
  check: ['types', 'lint', 'format', 'layers', 'unused'],
};

/** Splits what stands behind `npm test --` into step names, our own flags, and options for mocha. */
export function parseTestArguments(args, steps) {
  const known = new Set(steps.map((step) => step.name));
  const named = [];
  const mochaOptions = [];
  const rest = [...args];
  while (rest.length > 0 && !rest[0].startsWith('-')) {
    const name = rest.shift();
    const members = groups[name] ?? [name];
    for (const member of members) {
      if (!known.has(member))
        throw new Stop(`there is no step ${member}; there are ${[...known, 'check'].join(', ')}`);
      named.push(member);
    }
  }
  const ours = new Set(['--all', '--coverage']);
  for (const arg of rest) if (!ours.has(arg)) mochaOptions.push(arg);
  const names = new Set(named.length > 0 ? named : known);
  // Tests run from the bundles.
  if (steps.some((step) => names.has(step.name) && step.mocha)) names.add('build');
  return { names, mochaOptions, goOn: rest.includes('--all'), coverage: rest.includes('--coverage') };
}
