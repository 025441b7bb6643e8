// Lets Node run the TypeScript as it stands, with imports written as for the bundler. Coverage is measured so: V8
// then counts in the sources themselves, where remapping a bundle's counts would take much for covered.
import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const bson = pathToFileURL(require.resolve('bson')).href; // the driver's copy

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'bson') return { url: bson, shortCircuit: true };
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') throw error;
      return next(specifier + (specifier.startsWith('.') ? '.ts' : '.js'), context);
    }
  },
  load(url, context, next) {
    return next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);
  },
});
