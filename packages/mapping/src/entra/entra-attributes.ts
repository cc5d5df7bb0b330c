/**
 * Where the values of Entra's source attributes are once its default SCIM mapping has brought them here, as CEL.
 * Names are compared without case.
 */
const PATHS: Readonly<Record<string, string>> = {
  userprincipalname: "user.userName",
  // The default mapping puts either of the two into userName.
  mailnickname: 'item(user.userName.split("@"), 1)',
  objectid: "user.externalId",
  mail: "primary(user.emails).value",
  othermails: "user.emails.map(email, email.value)",
  proxyaddresses: "user.emails.map(email, email.value)",
  displayname: "user.displayName",
  givenname: "user.name.givenName",
  surname: "user.name.familyName",
  jobtitle: "user.title",
  usertype: "user.userType",
  accountenabled: "user.active",
  issoftdeleted: "user.active == false",
  preferredlanguage: "user.preferredLanguage",
  department: "enterprise.department",
  companyname: "enterprise.organization",
  division: "enterprise.division",
  costcenter: "enterprise.costCenter",
  employeeid: "enterprise.employeeNumber",
  telephonenumber: 'ofType(user.phoneNumbers, "work").value',
  mobile: 'ofType(user.phoneNumbers, "mobile").value',
  facsimiletelephonenumber: 'ofType(user.phoneNumbers, "fax").value',
  physicaldeliveryofficename: 'ofType(user.addresses, "other").formatted',
  streetaddress: 'ofType(user.addresses, "work").streetAddress',
  city: 'ofType(user.addresses, "work").locality',
  state: 'ofType(user.addresses, "work").region',
  postalcode: 'ofType(user.addresses, "work").postalCode',
  country: 'ofType(user.addresses, "work").country',
};

/** The CEL of an Entra attribute, or undefined for one that no default mapping brings. */
export function celOfEntraAttribute(name: string): string | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(PATHS, key) ? PATHS[key] : undefined;
}
