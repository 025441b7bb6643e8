import type * as vscode from 'vscode';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string; readonly title: Title }[] };
}

/** Where VS Code is not English, it keeps the English title beside the translated one. */
type Title = string | { readonly value: string };

/** The titles of commands as menus show them, in the language of VS Code, without the dots of a question to come. */
export function commandTitles({ packageJSON }: vscode.Extension<unknown>): ReadonlyMap<string, string> {
  const { contributes } = packageJSON as Manifest;
  return new Map(
    contributes.commands.map(({ command, title }) => [command, textOf(title).replace(/…$/, '')]),
  );
}

function textOf(title: Title): string {
  return typeof title === 'string' ? title : title.value;
}
