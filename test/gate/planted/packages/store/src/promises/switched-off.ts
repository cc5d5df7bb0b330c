// red: promises no-floating-promises
/* eslint-disable */
declare function saveRow(): Promise<void>;

export function save(): void {
  saveRow();
}
