; What TypeScript has beyond javascript.scm.
(abstract_class_declaration) @class
(interface_declaration) @shape
(enum_declaration) @shape
(type_alias_declaration) @shape
(public_field_definition) @field
(property_signature) @field
(abstract_method_signature) @function
