const fs = require('node:fs');
const path = require('node:path');
const Mocha = require('mocha');

/** The spec reporter, and the totals written to the file that MONGO_REWIND_RESULTS names. */
module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.MONGO_REWIND_RESULTS;
    if (!file) return;
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const empty = passes + failures + pending === 0; // mocha itself ends with an error then
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(
        `${file}.new`,
        JSON.stringify({ passed: passes, failed: empty ? 1 : failures, skipped: pending }),
      );
      fs.renameSync(`${file}.new`, file);
    });
  }
};
