// Swagger UI on our own copy of its files.
addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger");
  SwaggerUIBundle({ url: place.dataset.spec, domNode: place, deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0, validatorUrl: null });
});
