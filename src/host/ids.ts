/** Every id that package.json and the code share; a unit test holds the two equal. */
export const commandIds = {
  addConnection: 'mongoRewind.addConnection',
  editConnection: 'mongoRewind.editConnection',
  removeConnection: 'mongoRewind.removeConnection',
  importConnections: 'mongoRewind.importConnections',
  findConnections: 'mongoRewind.findConnections',
  tryDemo: 'mongoRewind.tryDemo',
  showPreview: 'mongoRewind.showPreview',
  refresh: 'mongoRewind.refresh',
  takeSnapshot: 'mongoRewind.takeSnapshot',
  startRecording: 'mongoRewind.startRecording',
  stopRecording: 'mongoRewind.stopRecording',
  openTimeline: 'mongoRewind.openTimeline',
  previewAtTime: 'mongoRewind.previewAtTime',
  dropPreview: 'mongoRewind.dropPreview',
  openPreview: 'mongoRewind.openPreview',
  markMoment: 'mongoRewind.markMoment',
  removeMark: 'mongoRewind.removeMark',
  verifyRepository: 'mongoRewind.verifyRepository',
  testRestore: 'mongoRewind.testRestore',
  pruneRepository: 'mongoRewind.pruneRepository',
  exportDump: 'mongoRewind.exportDump',
  importDump: 'mongoRewind.importDump',
  setPassphrase: 'mongoRewind.setPassphrase',
  openPastCollection: 'mongoRewind.openPastCollection',
  nextPage: 'mongoRewind.nextPage',
  previousPage: 'mongoRewind.previousPage',
  filterPast: 'mongoRewind.filterPast',
  showEvent: 'mongoRewind.showEvent',
  previewBeforeEvent: 'mongoRewind.previewBeforeEvent',
  undoEvent: 'mongoRewind.undoEvent',
  undoRange: 'mongoRewind.undoRange',
  compareWithNow: 'mongoRewind.compareWithNow',
  compareTimes: 'mongoRewind.compareTimes',
  showDocumentHistory: 'mongoRewind.showDocumentHistory',
  restoreVersion: 'mongoRewind.restoreVersion',
  restoreInPlace: 'mongoRewind.restoreInPlace',
  undoLastRestore: 'mongoRewind.undoLastRestore',
  explainProblem: 'mongoRewind.explainProblem',
  cancelJob: 'mongoRewind.cancelJob',
  clearJobs: 'mongoRewind.clearJobs',
  showLog: 'mongoRewind.showLog',
} as const;

export const viewIds = {
  clusters: 'mongoRewind.clusters',
  jobs: 'mongoRewind.jobs',
  previews: 'mongoRewind.previews',
} as const;

export const viewContainerId = 'mongoRewind';
export const timelinePanelId = 'mongoRewind.timeline';
export const pastScheme = 'mongo-rewind';

export const contextKeys = {
  hasConnections: 'mongoRewind.hasConnections',
  recording: 'mongoRewind.recording',
  canRecord: 'mongoRewind.canRecord',
  hasPreviews: 'mongoRewind.hasPreviews',
  hasFinishedJobs: 'mongoRewind.hasFinishedJobs',
  canOpenPreviews: 'mongoRewind.canOpenPreviews',
  canTryDemo: 'mongoRewind.canTryDemo',
  pastHasNext: 'mongoRewind.pastHasNext',
  pastHasPrevious: 'mongoRewind.pastHasPrevious',
  pastKind: 'mongoRewind.pastKind',
} as const;

export const settingsSection = 'mongoRewind';
export const settingIds = {
  repositoryFolder: 'repositoryFolder',
  encryptRepositories: 'encryptRepositories',
  resumeRecording: 'resumeRecording',
  retentionKeep: 'retention.keep',
  retentionMaxSize: 'retention.maxSize',
  verifyEvery: 'verifyEvery',
  lagWarningSeconds: 'lagWarningSeconds',
  markBeforeTasks: 'markBeforeTasks',
  markOnBranchSwitch: 'markOnBranchSwitch',
} as const;
