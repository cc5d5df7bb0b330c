// red: boundaries sockets-have-few-homes
import { connect } from "node:tls";

export const seen = connect;
