const ci = process.env.CI === 'true';

module.exports = {
  reporter: './tools/mochaReporter.cjs',
  timeout: 60_000,
  slow: 3_000,
  failZero: true,
  forbidOnly: ci,
  forbidPending: ci,
  'node-option': ['enable-source-maps'],
};
