import { BsonType, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import { renamed, stringElement, stringOf } from './rawValue';

/** Gives the name that a collection or view of the view's own database has from now on. */
export type RenameCollection = (name: string) => string;

/**
 * The options of a view (`viewOn`, `pipeline`) with every collection that they name called anew; the very same bytes
 * where no name changes.
 */
export function renamedViewOptions(options: Uint8Array, rename: RenameCollection): Uint8Array {
  return withChanges(options, (element) => {
    if (element.name === 'viewOn') return renamedString(element, rename);
    return element.name === 'pipeline' ? renamedPipeline(element, rename) : element;
  });
}

/** The collections and views that a view reads, itself not among them; of its own database. */
export function namesInView(options: Uint8Array): string[] {
  const names = new Set<string>();
  renamedViewOptions(options, (name) => {
    names.add(name);
    return name;
  });
  return [...names];
}

function renamedPipeline(pipeline: RawElement, rename: RenameCollection): RawElement {
  if (pipeline.type !== BsonType.array) return pipeline;
  return withValue(
    pipeline,
    withChanges(pipeline.value, (stage) => {
      if (stage.type !== BsonType.document) return stage;
      return withValue(
        stage,
        withChanges(stage.value, (operator) => renamedStage(operator, rename)),
      );
    }),
  );
}

function renamedStage(operator: RawElement, rename: RenameCollection): RawElement {
  switch (operator.name) {
    case '$unionWith':
      if (operator.type === BsonType.string) return renamedString(operator, rename);
      return renamedFields(operator, 'coll', rename);
    case '$lookup':
    case '$graphLookup':
      return renamedFields(operator, 'from', rename);
    case '$facet':
      if (operator.type !== BsonType.document) return operator;
      return withValue(
        operator,
        withChanges(operator.value, (pipeline) => renamedPipeline(pipeline, rename)),
      );
    default:
      return operator;
  }
}

/** A stage with a collection in one field, and maybe a pipeline that runs on it. */
function renamedFields(operator: RawElement, field: string, rename: RenameCollection): RawElement {
  if (operator.type !== BsonType.document) return operator;
  return withValue(
    operator,
    withChanges(operator.value, (element) => {
      if (element.name === field) return renamedString(element, rename);
      return element.name === 'pipeline' ? renamedPipeline(element, rename) : element;
    }),
  );
}

function renamedString(element: RawElement, rename: RenameCollection): RawElement {
  const name = stringOf(element);
  if (name === undefined || element.type !== BsonType.string) return element;
  const now = rename(name);
  return now === name ? element : stringElement(element.name, now);
}

function withValue(element: RawElement, value: Uint8Array): RawElement {
  return value === element.value ? element : { ...renamed(element, element.name), value };
}

function withChanges(document: Uint8Array, change: (element: RawElement) => RawElement): Uint8Array {
  const before = readElements(document);
  const after = before.map(change);
  return after.some((element, at) => element !== before[at]) ? writeDocument(after) : document;
}
