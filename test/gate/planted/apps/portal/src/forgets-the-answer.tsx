// red: promises no-floating-promises
async function save(): Promise<string> {
  return "saved";
}

export function SaveButton() {
  const click = () => {
    save();
  };
  return (
    <button type="button" onClick={click}>
      Save
    </button>
  );
}
