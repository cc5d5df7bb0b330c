// red: promises no-misused-promises
declare function saveRow(): Promise<void>;

export const timer = setInterval(async () => {
  await saveRow();
}, 1000);
