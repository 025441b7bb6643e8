import { BackupError } from '../engine/errors';
import type { MongoClient } from '../mongo/connect';
import { inspectSource } from '../mongo/inspectSource';
import { listDatabases } from '../mongo/listDatabases';
import type { DatabasesReport } from '../protocol/job';
import { failureReport } from './failureReport';

/** The databases of a server, and whether it can be recorded. */
export async function databasesReport(client: MongoClient): Promise<DatabasesReport> {
  const databases = await listDatabases(client);
  try {
    await inspectSource(client);
    return { databases };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { databases, problem: failureReport(error) };
  }
}
