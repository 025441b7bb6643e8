import { createRequire } from 'node:module';
import path from 'node:path';
import esbuild from 'esbuild';
import { root } from '../../tools/lib/paths.mjs';

const outfile = path.join(root, 'dist', 'bench', 'engine.cjs');
/** What benchmarks call directly, where the command line does not show what they measure. */
const parts = {
  'engine/recorder': ['Recorder'],
  'engine/takeSnapshot': ['takeSnapshot'],
  'mongo/connect': ['connect'],
  'mongo/dumpSource': ['dumpSource'],
  'mongo/oplogSource': ['oplogSource'],
  'mongo/restoreTarget': ['targetData'],
  'storage/repository': ['openOrCreateRepository'],
  'storage/segmentStore': ['fileSegmentStore'],
  'storage/snapshotStore': ['fileSnapshotStore'],
  'mongo/inspectSource': ['inspectSource'],
  'core/oplogEntry': ['readOplogEntry'],
  'core/rawDocument': ['splitDocuments'],
  'storage/fileRepository': ['addMark'],
  'storage/frameFile': ['readFrames'],
  'worker/baseJob': ['nextBase'],
  'worker/open': ['openReader'],
  'worker/recordJob': ['record'],
  'worker/snapshotJob': ['snapshot'],
};

export async function bundleEngine() {
  const contents = Object.entries(parts).map(
    ([module, names]) => `export { ${names.join(', ')} } from './src/${module}';`,
  );
  await esbuild.build({
    stdin: { contents: contents.join('\n'), resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    packages: 'external',
    absWorkingDir: root,
  });
}

export function engine() {
  return createRequire(import.meta.url)(outfile);
}
