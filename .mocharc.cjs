const ci = process.env.CI === 'true';

module.exports = {
  reporter: './tools/mochaReporter.cjs',
  timeout: 60_000,
  slow: 3_000,
  exit: true, // a handle that a test left open must not keep the process
  failZero: true,
  forbidOnly: ci,
  forbidPending: ci,
  'node-option': ['enable-source-maps'],
};
