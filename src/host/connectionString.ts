export type ConnectionString =
  | { readonly kind: 'ok'; readonly uri: string; readonly label: string; readonly local: boolean }
  | { readonly kind: 'bad'; readonly problem: 'empty' | 'scheme' | 'hosts' | 'credentials' };

/** What may be shown of a MongoDB connection string: hosts only, never credentials or options. */
export function readConnectionString(text: string): ConnectionString {
  const uri = text.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (uri === '') return { kind: 'bad', problem: 'empty' };
  const match = /^mongodb(\+srv)?:\/\/([^?]*)/i.exec(uri);
  if (!match) return { kind: 'bad', problem: 'scheme' };
  const beforeOptions = match[2] ?? '';
  const at = beforeOptions.lastIndexOf('@');
  const credentials = at < 0 ? '' : beforeOptions.slice(0, at);
  if (/[/@]/.test(credentials) || credentials.split(':').length > 2)
    return { kind: 'bad', problem: 'credentials' };
  const hosts = hostsOf(beforeOptions.slice(at + 1));
  if (hosts.length === 0 || !hosts.every(isHost)) return { kind: 'bad', problem: 'hosts' };
  const [first = '', ...others] = hosts;
  const label = others.length === 0 ? first : `${first} +${others.length}`;
  return { kind: 'ok', uri, label, local: match[1] === undefined && hosts.every(isLocal) };
}

function hostsOf(authority: string): readonly string[] {
  const slash = authority.indexOf('/');
  const hosts = slash < 0 ? authority : authority.slice(0, slash);
  return hosts === '' ? [] : hosts.split(',').map((host) => decode(host));
}

function decode(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    return host; // shown as typed; the driver will refuse it
  }
}

function isHost(host: string): boolean {
  return host.endsWith('.sock') || /^(\[[0-9a-f:.%]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/i.test(host);
}

/** Whether a host is this machine, so that a mistake hurts only its user. */
function isLocal(host: string): boolean {
  if (host.endsWith('.sock')) return true;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === 'host.docker.internal' ||
    name === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/** Whom a URI leads to, and as which user: the same for all spellings of it. Holds no password. */
export function serverOf(uri: string): string {
  const match = /^mongodb(\+srv)?:\/\/([^?]*)/i.exec(uri.trim());
  const authority = match?.[2] ?? '';
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : decode(authority.slice(0, at).split(':')[0] ?? '');
  const hosts = hostsOf(authority.slice(at + 1)).map((host) => {
    const [, name = '', port = '27017'] = /^(.*?)(?::(\d+))?$/.exec(host.toLowerCase()) ?? [];
    return `${name === '127.0.0.1' || name === '[::1]' ? 'localhost' : name}:${match?.[1] ? 'srv' : port}`;
  });
  return `${user}@${hosts.sort().join(',')}`;
}

/** The same URI with another default database; authentication stays against the one it used. */
export function withDatabase(uri: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]*(?:%2F[^/?]*)?)(?:\/([^?]*))?(?:\?(.*))?$/i.exec(uri);
  if (!match) return uri;
  const [, head = '', authDatabase = '', query = ''] = match;
  const options = query.split('&').filter((part) => part !== '');
  const isSaid = options.some((part) => /^auth(source|mechanism)=/i.test(part));
  // The records of an SRV host, or the mechanism, say where to authenticate.
  if (head.includes('@') && !isSaid && !/^mongodb\+srv:/i.test(head))
    options.push(`authSource=${authDatabase === '' ? 'admin' : authDatabase}`);
  const tail = options.length === 0 ? '' : `?${options.join('&')}`;
  return `${head}/${encodeURIComponent(database)}${tail}`;
}
