/** The arrows between folders that docs/ARCHITECTURE.md names; anything else is an error. */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  comment: `${from} may import only ${allowed.join(', ')}`,
  from: { path: `^${from}` },
  to: { path: '^(src|webview|test|tools)/', pathNot: allowed.map((target) => `^${target}`) },
});

const onlyFrom = (name, module, allowed) => ({
  name,
  severity: 'error',
  comment: `only ${allowed.join(', ')} may import ${module}`,
  from: { path: '^(src|webview)/', pathNot: allowed.map((source) => `^${source}`) },
  to: { path: module },
});

const errorsFile = 'src/engine/errors\\.ts$';
const codesFile = 'src/core/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    // esbuild.mjs imports the package of its own name, which is taken for the file itself.
    { name: 'no-cycles', severity: 'error', from: { pathNot: '^esbuild\\.mjs$' }, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'no-barrels',
      severity: 'error',
      comment: 'a file that re-exports a folder hides who uses what',
      from: { path: '^(src|webview)/' },
      to: { path: '^(src|webview)/.*/index\\.ts$' },
    },
    layer('core', 'src/core/', [codesFile]),
    layer('engine', 'src/engine/', ['src/engine/', 'src/core/']),
    layer('mongo', 'src/mongo/', ['src/mongo/', 'src/engine/ports', errorsFile, 'src/core/']),
    layer('storage', 'src/storage/', ['src/storage/', 'src/engine/ports', errorsFile, 'src/core/']),
    layer('protocol', 'src/protocol/', ['src/protocol/', 'src/core/']),
    layer('worker', 'src/worker/', ['src/(worker|engine|mongo|storage|protocol|core)/']),
    layer('cli', 'src/cli/', ['src/cli/', 'src/worker/', 'src/protocol/', 'src/core/', errorsFile]),
    layer('host', 'src/host/', ['src/host/', 'src/protocol/', 'src/core/', errorsFile]),
    layer('composition-root', 'src/extension\\.ts$', ['src/host/']),
    layer('webview', 'webview/', ['webview/', 'src/protocol/', 'src/core/']),
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'core does no I/O and needs no platform; bson is there for value types',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: 'node_modules/bson/' },
    },
    onlyFrom('vscode-in-the-host', '^vscode$|node_modules/@types/vscode/', [
      'src/host/',
      'src/extension\\.ts$',
    ]),
    onlyFrom('driver-in-mongo', 'node_modules/mongodb/', ['src/mongo/']),
    onlyFrom('files-in-storage', '^(node:)?fs(/promises)?$', ['src/storage/']),
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { path: '^(src|webview)/' },
      to: { path: '^(test|tools)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    builtInModules: { add: ['vscode'] },
  },
};
