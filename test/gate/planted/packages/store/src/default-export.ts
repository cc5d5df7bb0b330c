// red: lint style/noDefaultExport
const floor = 1;

export default floor;
