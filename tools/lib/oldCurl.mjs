import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canInstallDebianPackages, installDebianPackages } from './debian.mjs';
import { findOnPath, mustRun } from './exec.mjs';
import { Stop } from './say.mjs';

/** What servers built for Debian 9 import from libcurl. */
const symbols = [
  'easy_cleanup easy_duphandle easy_getinfo easy_init easy_perform easy_setopt easy_strerror global_cleanup',
  'global_init share_cleanup share_init share_setopt slist_append slist_free_all version_info',
].flatMap((line) => line.split(' ').map((name) => `curl_${name}`));

const versionScript = 'CURL_OPENSSL_3 { global: curl_*; local: *; };\n';

/**
 * Puts a `libcurl.so.4` into the folder that offers the symbol version of old Debian releases and forwards each call
 * to the system's libcurl. All arguments used there are integers or pointers, so six words carry any call.
 */
export async function installOldCurl(folder) {
  if (!findOnPath('cc')) throw new Stop('it needs a C compiler (cc) for a shim of libcurl');
  const system = await systemCurl();
  const source = path.join(folder, 'oldCurl.c');
  const versions = path.join(folder, 'oldCurl.map');
  writeFileSync(source, shim(system));
  writeFileSync(versions, versionScript);
  const output = path.join(folder, 'libcurl.so.4');
  const flags = ['-shared', '-fPIC', '-O1', '-Wl,-soname,libcurl.so.4', `-Wl,--version-script=${versions}`];
  await mustRun('cc', [...flags, '-o', output, source, '-ldl']);
  rmSync(source);
  rmSync(versions);
}

async function systemCurl() {
  const found = () =>
    ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']
      .map((folder) => path.join(folder, 'libcurl.so.4'))
      .find((file) => existsSync(file));
  if (!found() && canInstallDebianPackages()) await installDebianPackages('libcurl4');
  const file = found();
  if (!file) throw new Stop('it needs libcurl.so.4');
  return file;
}

function shim(system) {
  const forward = (name) => `
word ${name}(word a, word b, word c, word d, word e, word f) {
  static word (*real)(word, word, word, word, word, word);
  if (!real) real = (word (*)(word, word, word, word, word, word))find("${name}");
  return real(a, b, c, d, e, f);
}`;
  return `#include <dlfcn.h>
#include <stdlib.h>
typedef void *word;
static void *find(const char *name) {
  static void *library;
  if (!library) library = dlopen("${system}", RTLD_NOW | RTLD_LOCAL);
  void *found = library ? dlsym(library, name) : 0;
  if (!found) abort();
  return found;
}
${symbols.map(forward).join('\n')}
`;
}
