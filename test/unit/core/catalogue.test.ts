import assert from 'node:assert/strict';
import { Double, Long } from 'bson';
import { Catalogue } from '../../../src/core/catalogue';
import type { CatalogueEdit, ListedNamespace } from '../../../src/core/catalogue';
import type { CoreError } from '../../../src/core/coreError';
import { at, bson, json, operation, uuid, uuidBinary } from './builders';

const A = uuid('a');
const B = uuid('b');
const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };

let ordinal = 0;
beforeEach(() => {
  ordinal = 0;
});

function command(
  catalogue: Catalogue,
  ns: string,
  ui: string | undefined,
  o: object,
  o2?: object,
): CatalogueEdit {
  const fields = { ns: `${ns}.$cmd`, o, ...(ui && { ui }), ...(o2 && { o2 }) };
  return catalogue.apply(operation(++ordinal, fields));
}

function created(o: object = {}, ui = A): Catalogue {
  const catalogue = new Catalogue();
  command(catalogue, 'shop', ui, { create: 'orders', ...o, idIndex });
  return catalogue;
}

function options(catalogue: Catalogue, ui = A): unknown {
  return json(catalogue.collections.get(ui)?.options);
}

function indexes(catalogue: Catalogue, ui = A): unknown[] {
  return [...(catalogue.collections.get(ui)?.indexes.values() ?? [])].map(json);
}

function names(catalogue: Catalogue): string[] {
  return [...catalogue.collections.values()].map(({ ns }) => ns).sort();
}

const listed = (ns: string, ui: string, o: object = {}): ListedNamespace => ({
  type: 'collection',
  ns,
  uuid: ui,
  options: bson(o),
  indexes: [bson(idIndex)],
});

const asJson = (document: object): unknown => json(bson(document));

describe('Catalogue', () => {
  describe('create', () => {
    it('takes options and the index of _id from the entry', () => {
      const catalogue = created({ capped: true, size: 4096, max: 5 });
      assert.deepEqual(options(catalogue), asJson({ capped: true, size: 4096, max: 5 }));
      assert.deepEqual(indexes(catalogue), [asJson(idIndex)]);
      assert.equal(catalogue.collections.get(A)?.ns, 'shop.orders');
      assert.equal(catalogue.collections.get(A)?.createdAt, at(1));
    });

    it('gives a clustered collection no index', () => {
      const catalogue = new Catalogue();
      const clusteredIndex = { v: 2, key: { _id: 1 }, name: 'cl', unique: true };
      command(catalogue, 'shop', A, { create: 'c', clusteredIndex, expireAfterSeconds: 100 });
      assert.deepEqual(indexes(catalogue), []);
      assert.deepEqual(options(catalogue), asJson({ clusteredIndex, expireAfterSeconds: 100 }));
    });

    it('gives the old index of _id to a create that names none, as servers do', () => {
      const catalogue = new Catalogue();
      command(catalogue, 'shop', A, { create: 'c' });
      assert.deepEqual(indexes(catalogue), [asJson({ v: 1, key: { _id: 1 }, name: '_id_' })]);
    });

    it('keeps dots after the first in names', () => {
      const catalogue = new Catalogue();
      command(catalogue, 'shop', A, { create: 'a..b.', idIndex });
      assert.deepEqual(names(catalogue), ['shop.a..b.']);
    });

    it('gives no index to one that wants none', () => {
      const catalogue = new Catalogue();
      command(catalogue, 'shop', A, { create: 'c', autoIndexId: false });
      assert.deepEqual(indexes(catalogue), []);
    });

    it('refuses one without a UUID', () => {
      assert.throws(
        () => command(new Catalogue(), 'shop', undefined, { create: 'c', idIndex }),
        /without a UUID/,
      );
    });
  });

  describe('indexes', () => {
    it('adds those of createIndexes and of a commitIndexBuild with several', () => {
      const catalogue = created();
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1' });
      const specs = [
        { v: 2, key: { b: 1 }, name: 'b_1' },
        { v: 2, key: { c: 1 }, name: 'c_1' },
      ];
      command(catalogue, 'shop', A, {
        startIndexBuild: 'orders',
        indexBuildUUID: uuidBinary(B),
        indexes: specs,
      });
      assert.equal(indexes(catalogue).length, 2);
      command(catalogue, 'shop', A, {
        commitIndexBuild: 'orders',
        indexBuildUUID: uuidBinary(B),
        indexes: specs,
      });
      assert.deepEqual(
        [...(catalogue.collections.get(A)?.indexes.keys() ?? [])],
        ['_id_', 'a_1', 'b_1', 'c_1'],
      );
    });

    it('leaves out those of an aborted build', () => {
      const catalogue = created();
      const specs = [{ v: 2, unique: true, key: { a: 1 }, name: 'a_1' }];
      command(catalogue, 'shop', A, { abortIndexBuild: 'orders', indexes: specs, cause: { code: 11000 } });
      assert.deepEqual(indexes(catalogue), [asJson(idIndex)]);
    });

    it('shows all fields of a definition with the types that listIndexes has', () => {
      const catalogue = created();
      const spec = {
        v: 2,
        key: { p: '2d' },
        name: 'p',
        max: 10,
        min: -10,
        bits: new Double(20),
        weights: 3,
        background: 1,
      };
      command(catalogue, 'shop', A, { createIndexes: 'orders', ...spec });
      assert.deepEqual(
        catalogue.collections.get(A)?.indexes.get('p'),
        bson({
          v: 2,
          key: { p: '2d' },
          name: 'p',
          background: true,
          weights: 3,
          bits: 20,
          min: new Double(-10),
          max: new Double(10),
        }),
      );
    });

    it('drops by name, not by key pattern: two may share one', () => {
      const catalogue = created();
      const collation = { locale: 'de' };
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'plain' });
      command(catalogue, 'shop', A, {
        createIndexes: 'orders',
        v: 2,
        key: { a: 1 },
        name: 'german',
        collation,
      });
      command(
        catalogue,
        'shop',
        A,
        { dropIndexes: 'orders', index: 'plain' },
        { v: 2, key: { a: 1 }, name: 'plain' },
      );
      assert.deepEqual([...(catalogue.collections.get(A)?.indexes.keys() ?? [])], ['_id_', 'german']);
    });

    it('drops under the old names of the command, by key and all at once', () => {
      for (const [name, index] of [
        ['deleteIndexes', 'a_1'],
        ['deleteIndex', 'a_1'],
        ['dropIndex', { a: new Double(1) }],
        ['dropIndexes', '*'],
      ] as const) {
        const catalogue = created();
        command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1' });
        command(catalogue, 'shop', A, { [name]: 'orders', index });
        assert.deepEqual(indexes(catalogue), [asJson(idIndex)], name);
      }
    });

    it('lists indexes in the order in which their builds began', () => {
      const catalogue = created();
      const build = (kind: string, name: string): void => {
        const specs = [{ v: 2, key: { [name]: 1 }, name }];
        command(catalogue, 'shop', A, { [kind]: 'orders', indexBuildUUID: uuidBinary(B), indexes: specs });
      };
      const names = (): string[] => [...(catalogue.collections.get(A)?.indexes.keys() ?? [])].slice(1);
      build('startIndexBuild', 'first');
      build('startIndexBuild', 'given_up');
      build('startIndexBuild', 'second');
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { c: 1 }, name: 'third' });
      build('commitIndexBuild', 'second');
      build('abortIndexBuild', 'given_up');
      assert.deepEqual(names(), ['second', 'third']);
      build('commitIndexBuild', 'first');
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { d: 1 }, name: 'given_up' });
      assert.deepEqual(names(), ['first', 'second', 'third', 'given_up']);
      command(catalogue, 'shop', A, { dropIndexes: 'orders', index: 'first' });
      build('startIndexBuild', 'first');
      build('commitIndexBuild', 'first');
      assert.deepEqual(names(), ['second', 'third', 'given_up', 'first']);
    });

    it('keeps the order of keys that look like numbers', () => {
      const catalogue = created();
      const spec = new Map<string, unknown>([
        ['createIndexes', 'orders'],
        ['v', 2],
        [
          'key',
          new Map([
            ['2', 1],
            ['1', 1],
          ]),
        ],
        ['name', 'n'],
      ]);
      command(catalogue, 'shop', A, spec);
      const found = catalogue.collections.get(A)?.indexes.get('n');
      assert.deepEqual(
        found,
        bson(
          new Map<string, unknown>([
            ['v', 2],
            [
              'key',
              new Map([
                ['2', 1],
                ['1', 1],
              ]),
            ],
            ['name', 'n'],
          ]),
        ),
      );
    });

    it('shows definitions in the order and types of listIndexes since 5.0, and as stored before', () => {
      const o = {
        createIndexes: 'orders',
        v: 2,
        unique: true,
        key: { a: 1 },
        name: 'a_1',
        expireAfterSeconds: new Double(5),
        sparse: 1,
      };
      const typed = created();
      command(typed, 'shop', A, o);
      assert.deepEqual(
        typed.collections.get(A)?.indexes.get('a_1'),
        bson({ v: 2, key: { a: 1 }, name: 'a_1', unique: true, sparse: true, expireAfterSeconds: 5 }),
      );
      const stored = new Catalogue('stored');
      command(stored, 'shop', A, { create: 'orders', idIndex });
      command(stored, 'shop', A, o);
      assert.deepEqual(
        stored.collections.get(A)?.indexes.get('a_1'),
        bson({
          v: 2,
          unique: true,
          key: { a: 1 },
          name: 'a_1',
          expireAfterSeconds: new Double(5),
          sparse: 1,
        }),
      );
    });
  });

  describe('collMod', () => {
    function modified(index: object, change: object): unknown {
      const catalogue = created();
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1', ...index });
      command(catalogue, 'shop', A, { collMod: 'orders', index: { name: 'a_1', ...change } });
      return indexes(catalogue)[1];
    }
    const base = { v: 2, key: { a: 1 }, name: 'a_1' };

    it('changes the expiry of an index and makes a plain one expire', () => {
      const change = { expireAfterSeconds: Long.fromNumber(50) };
      assert.deepEqual(
        modified({ expireAfterSeconds: 100 }, change),
        asJson({ ...base, expireAfterSeconds: 50 }),
      );
      assert.deepEqual(modified({}, change), asJson({ ...base, expireAfterSeconds: 50 }));
    });

    it('hides and shows an index', () => {
      assert.deepEqual(modified({}, { hidden: true }), asJson({ ...base, hidden: true }));
      assert.deepEqual(modified({ hidden: true }, { hidden: false }), asJson(base));
    });

    it('prepares for unique, makes unique and takes it back', () => {
      assert.deepEqual(modified({}, { prepareUnique: true }), asJson({ ...base, prepareUnique: true }));
      assert.deepEqual(
        modified({ prepareUnique: true }, { unique: true }),
        asJson({ ...base, unique: true }),
      );
      assert.deepEqual(modified({ unique: true }, { forceNonUnique: true }), asJson(base));
    });

    it('finds an index by its key where no name is given', () => {
      const catalogue = created();
      command(catalogue, 'shop', A, { createIndexes: 'orders', ...base });
      command(catalogue, 'shop', A, { collMod: 'orders', index: { keyPattern: { a: 1 }, hidden: true } });
      assert.deepEqual(indexes(catalogue)[1], asJson({ ...base, hidden: true }));
    });

    it('passes over an index that a newer base lacks', () => {
      const catalogue = created();
      command(catalogue, 'shop', A, { collMod: 'orders', index: { name: 'gone', hidden: true } });
      assert.equal(indexes(catalogue).length, 1);
    });

    function optionsAfter(before: object, ...changes: object[]): unknown {
      const catalogue = created(before);
      for (const change of changes) command(catalogue, 'shop', A, { collMod: 'orders', ...change });
      return options(catalogue);
    }

    it('writes out level and action of validation once one of them is touched', () => {
      assert.deepEqual(
        optionsAfter({}, { validator: { a: 1 } }),
        asJson({ validator: { a: 1 }, validationLevel: 'strict', validationAction: 'error' }),
      );
      assert.deepEqual(
        optionsAfter({ validator: { a: 1 } }, { validationLevel: 'moderate' }),
        asJson({ validator: { a: 1 }, validationLevel: 'moderate', validationAction: 'error' }),
      );
      assert.deepEqual(
        optionsAfter({ validator: { a: 1 } }, { validator: {} }),
        asJson({ validationLevel: 'strict', validationAction: 'error' }),
      );
    });

    it('puts new options in the place that the server has for them', () => {
      const collation = { locale: 'fr' };
      const { validator, ...rest } = {
        validator: { a: 1 },
        validationLevel: 'strict',
        validationAction: 'error',
        collation,
      };
      assert.deepEqual(
        catalogueOptions(optionsAfter({ collation }, { validator })),
        catalogueOptions(asJson({ validator, ...rest })),
      );
    });

    /** With the order of fields. */
    function catalogueOptions(shown: unknown): string {
      return JSON.stringify(shown);
    }

    it('rounds the size of a capped collection up and reads no limit from 0', () => {
      assert.deepEqual(
        optionsAfter({ capped: true, size: 4096, max: 5 }, { cappedSize: 10_001 }, { cappedMax: 0 }),
        asJson({ capped: true, size: 10_240, max: 0x7fff_ffff }),
      );
    });

    it('keeps sizes beyond 32 bits and options that no place is known for', () => {
      const size = Long.fromString('10737418240');
      assert.deepEqual(
        optionsAfter({ capped: true, size: 4096, novel: 1 }, { cappedSize: size }, { recordPreImages: true }),
        asJson({ capped: true, size, recordPreImages: true, novel: 1 }),
      );
    });

    it('accepts flags that are not listed', () => {
      assert.deepEqual(optionsAfter({}, { usePowerOf2Sizes: true }), {});
    });

    it('changes what a view in the options is of', () => {
      assert.deepEqual(
        optionsAfter({ viewOn: 'a', pipeline: [] }, { viewOn: 'b', pipeline: [{ $limit: 1 }] }),
        asJson({ viewOn: 'b', pipeline: [{ $limit: 1 }] }),
      );
    });

    it('passes over buckets of a collection that has none', () => {
      assert.deepEqual(optionsAfter({}, { timeseries: { granularity: 'hours' } }), {});
    });

    it('sets and takes away expiry of clustered collections', () => {
      const clusteredIndex = { key: { _id: 1 }, unique: true };
      assert.deepEqual(
        optionsAfter({ clusteredIndex }, { expireAfterSeconds: Long.fromNumber(7) }),
        asJson({ clusteredIndex, expireAfterSeconds: Long.fromNumber(7) }),
      );
      assert.deepEqual(
        optionsAfter({ clusteredIndex, expireAfterSeconds: 7 }, { expireAfterSeconds: 'off' }),
        asJson({ clusteredIndex }),
      );
    });

    it('turns images of documents on and off', () => {
      const images = { changeStreamPreAndPostImages: { enabled: true } };
      assert.deepEqual(optionsAfter({}, images), asJson(images));
      assert.deepEqual(optionsAfter(images, { changeStreamPreAndPostImages: { enabled: false } }), {});
      assert.deepEqual(optionsAfter({}, { recordPreImages: true }), { recordPreImages: true });
      assert.deepEqual(optionsAfter({ recordPreImages: true }, { recordPreImages: false }), {});
    });

    it('changes the buckets of a time-series collection', () => {
      const timeseries = { timeField: 't', granularity: 'seconds', bucketMaxSpanSeconds: 3600 };
      assert.deepEqual(
        optionsAfter({ timeseries }, { timeseries: { granularity: 'hours' } }),
        asJson({ timeseries: { timeField: 't', granularity: 'hours', bucketMaxSpanSeconds: 2_592_000 } }),
      );
      const custom = { bucketMaxSpanSeconds: 500, bucketRoundingSeconds: 500 };
      assert.deepEqual(
        optionsAfter({ timeseries }, { timeseries: custom }),
        asJson({ timeseries: { timeField: 't', ...custom } }),
      );
    });

    it('refuses a field that it does not know, by name', () => {
      assert.throws(() => optionsAfter({}, { brandNew: 1 }), /"brandNew" of collMod \(oplog entry 1000:2\)/);
      assert.throws(() => modified({}, { brandNew: 1 }), /"index.brandNew" of collMod/);
    });
  });

  describe('drop', () => {
    it('forgets the collection and remembers that it was dropped', () => {
      const catalogue = created();
      assert.deepEqual(command(catalogue, 'shop', A, { drop: 'orders' }, { numRecords: 3 }), {
        kind: 'dropped',
        uuid: A,
        ns: 'shop.orders',
      });
      assert.equal(catalogue.stateOf(A), 'dropped');
      assert.equal(catalogue.droppedAt(A), at(2));
      assert.equal(catalogue.named('shop.orders'), undefined);
    });

    it('keeps the new collection of the same name', () => {
      const catalogue = created();
      command(catalogue, 'shop', A, { drop: 'orders' });
      command(catalogue, 'shop', B, { create: 'orders', idIndex });
      assert.equal(catalogue.named('shop.orders')?.uuid, B);
      assert.deepEqual([catalogue.stateOf(A), catalogue.stateOf(B)], ['dropped', 'live']);
    });

    it('drops what is left of a database, and that one only', () => {
      const catalogue = created();
      command(catalogue, 'shop2', B, { create: 'orders', idIndex });
      assert.deepEqual(command(catalogue, 'shop', undefined, { dropDatabase: 1 }), {
        kind: 'databaseDropped',
        database: 'shop',
        uuids: [A],
      });
      assert.deepEqual(names(catalogue), ['shop2.orders']);
    });
  });

  describe('renameCollection', () => {
    const rename = (
      catalogue: Catalogue,
      ui: string,
      from: string,
      to: string,
      more: object = {},
    ): CatalogueEdit =>
      command(catalogue, 'shop', ui, { renameCollection: from, to, stayTemp: false, ...more });

    it('keeps UUID, options and indexes under the new name', () => {
      const catalogue = created({ validator: { a: 1 } });
      assert.deepEqual(rename(catalogue, A, 'shop.orders', 'shop.old'), {
        kind: 'renamed',
        uuid: A,
        from: 'shop.orders',
        to: 'shop.old',
        replaced: undefined,
      });
      assert.equal(catalogue.named('shop.old')?.uuid, A);
      assert.deepEqual(options(catalogue), asJson({ validator: { a: 1 } }));
    });

    it('drops the target that is named by UUID, or by name', () => {
      for (const dropTarget of [uuidBinary(B), true]) {
        const catalogue = created();
        command(catalogue, 'shop', B, { create: 'victim', idIndex });
        rename(catalogue, A, 'shop.orders', 'shop.victim', { dropTarget });
        assert.deepEqual(names(catalogue), ['shop.victim']);
        assert.equal(catalogue.stateOf(B), 'dropped');
      }
    });

    it('does not drop a target when the entry says so', () => {
      const catalogue = created();
      rename(catalogue, A, 'shop.orders', 'shop.other', { dropTarget: false });
      assert.deepEqual(names(catalogue), ['shop.other']);
    });

    it('makes the result of $out permanent, with its indexes', () => {
      const catalogue = new Catalogue();
      command(catalogue, 'shop', B, { create: 'dst', idIndex });
      const temporary = 'tmp.agg_out.0123';
      command(catalogue, 'shop', A, { create: temporary, temp: true, idIndex });
      command(catalogue, 'shop', A, { createIndexes: temporary, v: 2, key: { a: 1 }, name: 'a_1' });
      rename(catalogue, A, `shop.${temporary}`, 'shop.dst', { dropTarget: uuidBinary(B) });
      assert.deepEqual(names(catalogue), ['shop.dst']);
      assert.deepEqual(options(catalogue), {});
      assert.equal(indexes(catalogue).length, 2);
    });

    it('stays temporary when the entry says so', () => {
      const catalogue = created({ temp: true });
      rename(catalogue, A, 'shop.orders', 'shop.x', { stayTemp: true });
      assert.deepEqual(options(catalogue), { temp: true });
    });

    it('moves between databases', () => {
      const catalogue = created();
      rename(catalogue, A, 'shop.orders', 'archive.orders');
      assert.deepEqual(names(catalogue), ['archive.orders']);
    });
  });

  describe('capped collections', () => {
    it('says that emptycapped takes the documents', () => {
      const catalogue = created({ capped: true, size: 4096 });
      const edit = command(catalogue, 'shop', A, { emptycapped: 'orders' });
      assert.deepEqual(edit, { kind: 'emptied', uuid: A, ns: 'shop.orders' });
    });

    it('converts, and loses the indexes', () => {
      const catalogue = created();
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1' });
      command(catalogue, 'shop', A, { convertToCapped: 'orders', size: Long.fromNumber(4096) });
      assert.deepEqual(options(catalogue), asJson({ capped: true, size: 4096 }));
      assert.deepEqual(indexes(catalogue), [asJson(idIndex)]);
    });
  });

  describe('commands', () => {
    it('passes over those that change nothing that is listed', () => {
      for (const name of [
        'dbCheck',
        'setMultikeyMetadata',
        'dropIdent',
        'startIndexBuild',
        'abortIndexBuild',
      ]) {
        const catalogue = created();
        assert.deepEqual(command(catalogue, 'shop', A, { [name]: 'orders' }), { kind: 'none' });
      }
    });

    it('stops at one that it does not know, with its name and time', () => {
      assert.throws(
        () => command(created(), 'shop', A, { importCollection: 'orders' }),
        (error: CoreError) =>
          error.code === 'unknownEntry' && /"importCollection".*1000:2/.test(error.message),
      );
    });

    it('finds the collection by its name where an old entry has no UUID', () => {
      const catalogue = created();
      const spec = { createIndexes: 'orders', v: 2, key: { a: 'hashed' }, name: 'a' };
      assert.equal(command(catalogue, 'shop', undefined, spec).kind, 'modified');
      command(catalogue, 'shop', undefined, {
        renameCollection: 'shop.orders',
        to: 'shop.x',
        dropTarget: true,
      });
      assert.deepEqual(names(catalogue), ['shop.x']);
      command(catalogue, 'shop', undefined, { dropIndexes: 'x', index: { a: 'hashed' } });
      assert.equal(indexes(catalogue).length, 1);
      assert.equal(command(catalogue, 'shop', undefined, { drop: 'x' }).kind, 'dropped');
    });

    it('passes over one about a name that nobody has', () => {
      const catalogue = new Catalogue();
      for (const o of [{ drop: 'x' }, { collMod: 'x' }, { renameCollection: 'shop.x', to: 'shop.y' }]) {
        assert.deepEqual(command(catalogue, 'shop', undefined, o), { kind: 'none' });
      }
      assert.equal(catalogue.unknown.size, 0);
    });

    it('stops at one that is empty and at a dropIndexes that names no index', () => {
      assert.throws(() => command(created(), 'shop', A, {}), /An oplog command is empty/);
      assert.throws(() => command(created(), 'shop', A, { dropIndexes: 'orders' }), /names no index/);
    });

    it('reads the index to drop from the definition that was dropped', () => {
      const catalogue = created();
      command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1' });
      command(catalogue, 'shop', A, { dropIndexes: 'orders' }, { v: 2, key: { a: 1 }, name: 'a_1' });
      assert.equal(indexes(catalogue).length, 1);
    });

    it('leaves the databases of the server alone', () => {
      const catalogue = new Catalogue();
      command(catalogue, 'config', A, { create: 'system.sessions', idIndex });
      command(catalogue, 'admin', B, { neverHeardOf: 1 });
      catalogue.list(listed('local.startup_log', uuid('c')));
      assert.equal(catalogue.collections.size, 0);
    });

    it('notes a collection that nobody knows, until it is dropped', () => {
      const catalogue = new Catalogue();
      command(catalogue, 'shop', A, { collMod: 'orders', validationLevel: 'off' });
      command(catalogue, 'shop', A, { renameCollection: 'shop.orders', to: 'shop.x', stayTemp: false });
      assert.deepEqual([...catalogue.unknown], [[A, { ns: 'shop.orders', ts: at(1) }]]);
      assert.equal(catalogue.stateOf(A), 'unknown');
      command(catalogue, 'shop', A, { drop: 'x' });
      assert.equal(catalogue.unknown.size, 0);
      assert.equal(catalogue.stateOf(A), 'dropped');
    });
  });

  describe('over a base that was listed while the log went on', () => {
    it('converges: create, indexes, collMod, rename and drop are in the base already', () => {
      const log = (catalogue: Catalogue): Catalogue => {
        ordinal = 0;
        command(catalogue, 'shop', A, { create: 'orders', idIndex });
        command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1' });
        command(catalogue, 'shop', A, { createIndexes: 'orders', v: 2, key: { b: 1 }, name: 'b_1' });
        command(catalogue, 'shop', A, { collMod: 'orders', validator: { a: 1 } });
        command(catalogue, 'shop', A, { dropIndexes: 'orders', index: 'a_1' });
        command(catalogue, 'shop', A, { renameCollection: 'shop.orders', to: 'shop.old', stayTemp: false });
        command(catalogue, 'shop', B, { create: 'orders', idIndex });
        command(catalogue, 'shop', uuid('c'), { drop: 'seen.neither.born.nor.listed' });
        return catalogue;
      };
      const once = log(new Catalogue());
      const twice = log(once);
      const fresh = log(new Catalogue());
      const shown = (catalogue: Catalogue): unknown =>
        [...catalogue.collections.values()]
          .map(({ ns, uuid: ui }) => [ns, options(catalogue, ui), indexes(catalogue, ui)])
          .sort();
      assert.deepEqual(shown(twice), shown(fresh));
      assert.equal(twice.unknown.size, 0);
    });

    it('follows a rename in the base to the name it ends with', () => {
      const catalogue = new Catalogue();
      catalogue.list(listed('shop.third', A));
      command(catalogue, 'shop', A, { renameCollection: 'shop.first', to: 'shop.second', stayTemp: false });
      command(catalogue, 'shop', A, { renameCollection: 'shop.second', to: 'shop.third', stayTemp: false });
      assert.deepEqual(names(catalogue), ['shop.third']);
    });

    it('does not list the pseudo index of a clustered collection', () => {
      const catalogue = new Catalogue();
      const pseudo = bson({ v: 2, key: { _id: 1 }, name: 'cl', unique: true, clustered: true });
      catalogue.list({ type: 'collection', ns: 'shop.c', uuid: A, options: bson({}), indexes: [pseudo] });
      assert.deepEqual(indexes(catalogue), []);
    });
  });

  describe('views', () => {
    const viewDocument = { _id: 'shop.recent', viewOn: 'orders', pipeline: [{ $sort: { b: 1, a: -1 } }] };

    function withViews(): Catalogue {
      const catalogue = created();
      command(catalogue, 'shop', B, { create: 'system.views', idIndex });
      catalogue.apply(operation(++ordinal, { op: 'i', ns: 'shop.system.views', ui: B, o: viewDocument }));
      return catalogue;
    }

    it('come and go with the documents of system.views', () => {
      const catalogue = withViews();
      const [view] = catalogue.views();
      assert.equal(view?.kind, 'view');
      assert.equal(view.ns, 'shop.recent');
      assert.equal(view.viewOn, 'orders');
      assert.deepEqual(view.options, bson({ viewOn: 'orders', pipeline: viewDocument.pipeline }));
      catalogue.apply(operation(9, { op: 'd', ns: 'shop.system.views', ui: B, o: { _id: 'shop.recent' } }));
      assert.deepEqual(catalogue.views(), []);
    });

    it('change by replacement and by diff', () => {
      const catalogue = withViews();
      const id = { _id: 'shop.recent' };
      const change = (o: object): void => {
        catalogue.apply(operation(++ordinal, { op: 'u', ns: 'shop.system.views', ui: B, o, o2: id }));
      };
      change({ ...id, viewOn: 'other', pipeline: [] });
      assert.equal(catalogue.views()[0]?.viewOn, 'other');
      change({ $v: 2, diff: { u: { viewOn: 'third' } } });
      assert.equal(catalogue.views()[0]?.viewOn, 'third');
    });

    it('are gone with system.views and with the database', () => {
      const dropped = withViews();
      command(dropped, 'shop', B, { drop: 'system.views' });
      assert.deepEqual(dropped.views(), []);
      const emptied = withViews();
      command(emptied, 'shop', undefined, { dropDatabase: 1 });
      assert.deepEqual(emptied.views(), []);
    });

    it('appear with an update whose insert was before the base, and not without a name', () => {
      const catalogue = new Catalogue();
      const o = { $v: 2, diff: { u: { viewOn: 'a', pipeline: [] } } };
      catalogue.apply(operation(1, { op: 'u', ns: 'shop.system.views', ui: B, o, o2: { _id: 'shop.v' } }));
      catalogue.apply(operation(2, { op: 'i', ns: 'shop.system.views', ui: B, o: { _id: 5, viewOn: 'a' } }));
      catalogue.apply(
        operation(3, { op: 'i', ns: 'shop.system.views', ui: B, o: { _id: 'shop.no', pipeline: [] } }),
      );
      assert.deepEqual(
        catalogue.views().map(({ ns }) => ns),
        ['shop.v'],
      );
    });

    it('are no collections', () => {
      assert.deepEqual(names(withViews()), ['shop.orders', 'shop.system.views']);
    });

    const timeseries = {
      timeField: 't',
      metaField: 'm',
      granularity: 'minutes',
      bucketMaxSpanSeconds: 86_400,
    };

    it('over buckets are time-series collections, with the options of those', () => {
      const catalogue = new Catalogue();
      const validator = { $jsonSchema: {} };
      const o = {
        create: 'system.buckets.ts',
        validator,
        clusteredIndex: true,
        expireAfterSeconds: 60,
        timeseries,
      };
      command(catalogue, 'shop', A, o);
      const pipeline = [{ $_internalUnpackBucket: { timeField: 't' } }];
      const document = { _id: 'shop.ts', viewOn: 'system.buckets.ts', pipeline };
      catalogue.apply(operation(++ordinal, { op: 'i', ns: 'shop.system.views', ui: B, o: document }));
      const [view] = catalogue.views();
      assert.equal(view?.kind, 'timeseries');
      assert.deepEqual(view.options, bson({ expireAfterSeconds: 60, timeseries }));
    });

    it('listed in a base are followed like those of the log', () => {
      const catalogue = new Catalogue();
      catalogue.list({
        ...listed('shop.system.buckets.ts', A, { timeseries }),
        options: bson({ timeseries }),
      });
      catalogue.list({ type: 'timeseries', ns: 'shop.ts', options: bson({ timeseries }) });
      catalogue.list({ type: 'view', ns: 'shop.recent', options: bson({ viewOn: 'ts', pipeline: [] }) });
      assert.deepEqual(
        catalogue.views().map(({ kind, ns, viewOn, options: shown }) => [kind, ns, viewOn, json(shown)]),
        [
          ['timeseries', 'shop.ts', 'system.buckets.ts', asJson({ timeseries })],
          ['view', 'shop.recent', 'ts', asJson({ viewOn: 'ts', pipeline: [] })],
        ],
      );
    });
  });
});
