// red: promises no-floating-promises
declare function saveRow(): Promise<void>;

export function save(): void {
  saveRow();
}
