import * as vscode from 'vscode';
import { Disposable } from './disposable';
import type { Host } from './host';
import { markAll } from './marks';
import { readSettings } from './settings';

/** Marks the moment before tasks that the user named, such as migrations: what is recorded by then is before them. */
export class TaskMarks extends Disposable {
  constructor(host: Host) {
    super();
    this.register(
      vscode.tasks.onDidStartTask(({ execution }) => {
        const { name } = execution.task;
        if (isNamed(name, readSettings().markBeforeTasks))
          void markAll(host, vscode.l10n.t('before task {0}', name));
      }),
    );
  }
}

/** Whether a task's name holds one of the words, in any case. */
function isNamed(task: string, words: readonly string[]): boolean {
  const name = task.toLowerCase();
  return words.some((word) => word.trim() !== '' && name.includes(word.trim().toLowerCase()));
}
