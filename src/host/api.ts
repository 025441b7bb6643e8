import { parseNamespaceFilter } from '../core/namespace';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { MarkReport, RangeReport, RestoreReport } from '../protocol/job';
import type { Host } from './host';

export interface ConnectionRanges {
  readonly connection: string;
  readonly name: string;
  /** Cluster times as `SECONDS:ORDINAL`, both inclusive. */
  readonly ranges: readonly RangeReport[];
}

/** What other extensions and tasks can do: `await extension.activate()` gives it. */
export interface MongoRewindApi {
  /** Names the present moment of `connection`, or of each connection that is being recorded. */
  mark(name: string, connection?: string): Promise<readonly MarkReport[]>;
  listRanges(): Promise<readonly ConnectionRanges[]>;
  /** Restores `DB` or `DB.COLL` as of a TIME into a scratch database, without asking. */
  preview(ns: string, time: string, connection?: string): Promise<RestoreReport>;
}

export function createApi(host: Host): MongoRewindApi {
  return {
    async mark(name, connection) {
      const recorded = host.connections.all.filter(({ id }) =>
        connection === undefined ? host.recorders.isOn(id) : id === connection,
      );
      if (recorded.length === 0) throw new BackupError('notFound', say`No connection is being recorded.`);
      return await Promise.all(
        recorded.map(async ({ id, repository }) => {
          const mark = await host.worker.run('mark', { repository, name });
          await host.statuses.refresh(id);
          return mark;
        }),
      );
    },

    async listRanges() {
      return await Promise.all(
        host.connections.all.map(async ({ id, name }) => {
          const { ranges } = await host.statuses.refresh(id);
          return { connection: id, name, ranges };
        }),
      );
    },

    async preview(ns, time, id) {
      if (parseNamespaceFilter(ns) === undefined)
        throw new BackupError('badInput', say`not a namespace: ${ns}`, {
          hint: say`Use DB or DB.COLLECTION.`,
        });
      const [only, ...others] = host.connections.all;
      const connection = id === undefined && others.length === 0 ? only : host.connections.find(id ?? '');
      if (!connection) throw new BackupError('notFound', say`Name the connection to preview.`);
      const { repository } = connection;
      const uri = await host.connections.uri(connection.id);
      const params = { uri, repository, at: time, namespaces: [ns], preview: true };
      const report = await host.worker.run('restore', params);
      await host.previews.refresh();
      return report;
    },
  };
}
