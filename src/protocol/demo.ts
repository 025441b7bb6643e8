export interface DemoParams {
  /** Absolute paths of the server program and of an existing folder for its data. */
  readonly mongod: string;
  readonly folder: string;
  /** That of an earlier start on the same folder. */
  readonly port?: number;
  /** How long after a first start something goes wrong. */
  readonly mistakeMs?: number;
}

export type DemoProgress =
  | { readonly kind: 'ready'; readonly uri: string }
  /** Told every other second, for whoever may want it to end. */
  | { readonly kind: 'running' }
  /** Documents deleted from `shop.orders`. */
  | { readonly kind: 'mistake'; readonly documents: number };
