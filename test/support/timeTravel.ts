import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Db, type Document, MongoClient, type Timestamp } from 'mongodb';
import { parseClusterTime } from '../../src/core/time';
import type { EventReport, JobKind, Jobs } from '../../src/protocol/job';
import { runJob } from '../../src/worker/jobs';
import { type RecordingProcess, startRecording } from './commandLine';
import { type ReplicaSet, type ReplicaSetOptions, startReplicaSet } from './replicaSet';
import { waitFor } from './waitFor';

/** A replica set that is being recorded by the real command line program. */
export class RecordedSet implements AsyncDisposable {
  readonly set: ReplicaSet;
  readonly client: MongoClient;
  readonly folder: string;
  readonly repository: string;
  recording: RecordingProcess;

  private constructor(set: ReplicaSet, client: MongoClient, folder: string, recording: RecordingProcess) {
    this.set = set;
    this.client = client;
    this.folder = folder;
    this.repository = path.join(folder, 'repo');
    this.recording = recording;
  }

  /** `seed` runs before recording begins. */
  static async start(seed: (db: Db) => Promise<void>, options: ReplicaSetOptions = {}): Promise<RecordedSet> {
    const set = await startReplicaSet(options);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-travel-'));
    try {
      const client = await new MongoClient(set.uri).connect();
      await seed(client.db('shop'));
      const recording = await startRecording(set.uri, path.join(folder, 'repo'));
      return new RecordedSet(set, client, folder, recording);
    } catch (error) {
      await set.stop();
      throw error;
    }
  }

  get db(): Db {
    return this.client.db('shop');
  }

  /** The time of the newest write. */
  async now(): Promise<string> {
    const hello = await this.client.db('admin').command({ hello: 1 });
    const { ts } = (hello['lastWrite'] as { opTime: { ts: Timestamp } }).opTime;
    return `${ts.t}:${ts.i}`;
  }

  /** {@link now}, once it is recorded. */
  async recorded(): Promise<string> {
    await this.db
      .collection<{ _id: string }>('pulse')
      .updateOne({ _id: 'pulse' }, { $inc: { n: 1 } }, { upsert: true });
    const now = await this.now();
    const time = parseClusterTime(now) ?? 0n;
    await waitFor(`a record of ${now}`, async () => {
      const { ranges } = await this.run('status', {});
      return ranges.some((range) => (parseClusterTime(range.to) ?? 0n) >= time);
    });
    return now;
  }

  /** Runs a job on the repository and the set, in this process. */
  async run<Kind extends JobKind>(
    kind: Kind,
    params: Omit<Jobs[Kind]['params'], 'repository' | 'uri'>,
  ): Promise<Jobs[Kind]['result']> {
    const all = {
      ...params,
      repository: this.repository,
      uri: this.set.uri,
    } as unknown as Jobs[Kind]['params'];
    return runJob(kind, all, () => undefined, new AbortController().signal);
  }

  /** Records on after `recording.stop()`. */
  async startAgain(): Promise<void> {
    this.recording = await startRecording(this.set.uri, this.repository);
  }

  /** All events, once everything so far is recorded. */
  async events(): Promise<readonly EventReport[]> {
    await this.recorded();
    return (await this.run('events', {})).events;
  }

  async lastEvent(kind: string): Promise<EventReport> {
    const event = (await this.events()).findLast((e) => e.kind === kind);
    if (!event) throw new Error(`there is no ${kind} event`);
    return event;
  }

  /** All documents of a collection by `_id`. */
  async documents(name: string): Promise<Document[]> {
    return this.db.collection(name).find().sort({ _id: 1 }).toArray();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.recording.stop();
    await this.client.close();
    await this.set.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
